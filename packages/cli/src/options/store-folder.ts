// Where the local store is: --store, else TSBUILD_STORE, else the XDG data folder.
// https://specifications.freedesktop.org/basedir-spec/0.8/
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { CommandIo } from "../command-io.ts";

/** An absolute path; the folder need not exist. */
export function storeFolder(flag: string | undefined, io: Pick<CommandIo, "env" | "cwd">): string {
  const chosen = flag || io.env["TSBUILD_STORE"];
  if (chosen) return resolve(io.cwd, chosen);
  return join(dataFolder(io.env), "tsbuild");
}

function dataFolder(env: CommandIo["env"]): string {
  const data = env["XDG_DATA_HOME"];
  // The specification tells to ignore a relative one.
  if (data && isAbsolute(data)) return data;
  return join(env["HOME"] || homedir(), ".local", "share");
}
