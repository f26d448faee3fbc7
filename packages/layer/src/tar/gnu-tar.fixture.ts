// GNU tar as an oracle, where it is installed.
import type { Buffer } from "node:buffer";
import { execFileSync, spawnSync } from "node:child_process";

/** Why tests against GNU tar are skipped; undefined when they can run. */
export function whyNoGnuTar(): string | undefined {
  const found = spawnSync("tar", ["--version"]);
  return String(found.stdout).includes("GNU tar") ? undefined : "there is no GNU tar on this machine";
}

/** An archive made by GNU tar. */
export function runGnuTar(folder: string, args: readonly string[], names: readonly string[]): Buffer {
  const all = ["-C", folder, "--sort=name", "--numeric-owner", ...args, "-cf", "-", ...names];
  return execFileSync("tar", all, { maxBuffer: 2 ** 28 });
}

/** The names that GNU tar lists, one a line with backslash escapes; undefined when it complains. */
export function listWithGnuTar(bytes: Buffer): string[] | undefined {
  const env = { PATH: process.env["PATH"], LC_ALL: "C" };
  const result = spawnSync("tar", ["-tf", "-", "--quoting-style=escape"], { input: bytes, env });
  if (result.status !== 0 || result.stderr.length > 0) return undefined;
  return result.stdout.toString("latin1").split("\n").slice(0, -1);
}
