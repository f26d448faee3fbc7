// The one way to say that something which a process left cannot become a part of a layer.
import { SandboxError } from "../sandbox-error.ts";

/** @param reason also what to do about it */
export function changesUnreadable(path: string, reason: string, cause?: unknown): SandboxError {
  const shown = `/${path}`;
  return new SandboxError(
    "CHANGES_UNREADABLE",
    `Cannot put ${JSON.stringify(shown)} into a layer: ${reason}`,
    {
      facts: { path: shown, reason },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** The same for an error of a system call. */
export function cannotRead(path: string, error: unknown): SandboxError {
  return changesUnreadable(path, error instanceof Error ? error.message : String(error), error);
}
