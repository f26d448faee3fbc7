// For tests: the error as a value, so that what is expected of it stands in one line.

import { DockerfileError } from "./dockerfile-error.ts";

/** The DockerfileError that a function throws, `undefined` when it throws nothing; other errors pass. */
export function failureOf(run: () => unknown): DockerfileError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
}
