// PATH: a folder. URLs and "-" are docker's other forms; they are known here so that the message can say what to do.
import { suggest } from "@tsbuild/dockerfile";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { usageError } from "../cli-error.ts";

const remote = /^(https?|git|ssh|git\+\w+):\/\/|^git@|^github\.com\//;

/** The absolute path of the context folder. `commands` are what a misspelt command may have meant. */
export function contextFolder(paths: readonly string[], cwd: string, commands: readonly string[]): string {
  const [path] = paths;
  if (path === undefined) {
    throw usageError('Cannot build: PATH is missing; "tsbuild -t NAME ." builds the current folder');
  }
  if (paths.length > 1) {
    throw usageError(
      `Cannot build: one PATH is needed, and there are ${String(paths.length)}: ${paths.join(" ")}${meant(path, commands)}`,
    );
  }
  if (path === "-") {
    throw usageError(
      "Cannot use - as context: a context from standard input comes in a later release; unpack it and give the folder",
    );
  }
  const folder = resolve(cwd, path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined && remote.test(path)) {
    throw usageError(
      `Cannot use ${path} as context: URLs come in a later release; clone or download it and give the folder`,
    );
  }
  if (found === undefined) {
    throw usageError(`Cannot use ${path} as context: there is no such folder${meant(path, commands)}`);
  }
  if (!found.isDirectory()) {
    throw usageError(`Cannot use ${path} as context: it is not a folder; a Dockerfile is given with -f`);
  }
  return folder;
}

function meant(path: string, commands: readonly string[]): string {
  const command = suggest(path, commands);
  return command === undefined ? "" : `; did you mean the command ${command}?`;
}
