// Whether a RUN can be run on this machine, asked of tsbuild itself: it is tried.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failureOfTsbuild } from "./tsbuild-command.ts";

// What the error says when nothing can isolate a process; any other is one of the demo itself.
const noIsolation = /^ERROR: (.*Cannot run processes in isolation[^]*)$/m;

/** The reason, of several lines perhaps; `undefined` when it can. `folder` is the demo's. */
export async function whyNoRun(folder: string, base: string): Promise<string | undefined> {
  const context = join(folder, "try-run");
  await mkdir(context);
  await writeFile(join(context, "Dockerfile"), `FROM ${base}\nRUN echo it works\n`);
  const failure = await failureOfTsbuild(folder, ["build", "--quiet", "--output", "type=cacheonly", context]);
  if (failure === undefined) return undefined;
  const reason = noIsolation.exec(failure)?.[1];
  if (reason === undefined) throw new Error(`Cannot go on: a RUN fails here\n${failure}`);
  return reason.trim();
}

/** The Dockerfile without its RUNs, each of which is one line. */
export function withoutRun(dockerfile: string): string {
  return dockerfile.replace(/^RUN .*\n/gm, "");
}
