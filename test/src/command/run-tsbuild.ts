// The real command of this checkout, as a user would call it.
import { join } from "node:path";
import { runOrThrow, runProgram, type Finished, type RunOptions } from "../machine/run-program.ts";

export const checkout: string = join(import.meta.dirname, "../../..");

/** `node packages/cli/bin/tsbuild.mjs …` with the Node that runs the test. */
export const tsbuildCommand: readonly [string, ...string[]] = [
  process.execPath,
  join(checkout, "packages/cli/bin/tsbuild.mjs"),
];

/** The same, compiled as users get it: what is measured. `npm test` and `npm run bench` compile first. */
export const compiledCommand: readonly [string, ...string[]] = [
  process.execPath,
  "--conditions=tsbuild:dist",
  join(checkout, "packages/cli/bin/tsbuild.mjs"),
];

/** However it ends. */
export function tryTsbuild(args: readonly string[], options?: RunOptions): Promise<Finished> {
  const [node, ...script] = tsbuildCommand;
  return runProgram(node, [...script, ...args], options);
}

/** Standard output of a run that must succeed. */
export function runTsbuild(args: readonly string[], options?: RunOptions): Promise<string> {
  const [node, ...script] = tsbuildCommand;
  return runOrThrow(node, [...script, ...args], options);
}
