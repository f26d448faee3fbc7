// The real command of this checkout, as the demo uses it: each call is printed, and `folder` (where the demo keeps its
// things) as $DEMO.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";

const checkout = join(import.meta.dirname, "../..");

/** Its output goes to this terminal. Throws when it ends with another status than 0. */
export async function runTsbuild(folder: string, args: readonly string[]): Promise<void> {
  printCommand(folder, args);
  const child = spawn(command, args, { stdio: "inherit", env: environment(folder) });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`Cannot go on: tsbuild ended with status ${status}`);
}

/** What it says on standard error when it fails; `undefined` when it does not. */
export async function failureOfTsbuild(folder: string, args: readonly string[]): Promise<string | undefined> {
  printCommand(folder, args);
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: environment(folder) });
  const [stderr, [status]] = await Promise.all([readText(child.stderr), once(child, "close")]);
  return status === 0 ? undefined : stderr;
}

const command = join(checkout, "bin/tsbuild");

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, TSBUILD_STORE: join(folder, "store") };
}

function printCommand(folder: string, args: readonly string[]): void {
  console.log(`$ bin/tsbuild ${args.join(" ").replaceAll(`${checkout}/`, "").replaceAll(folder, "$DEMO")}`);
}
