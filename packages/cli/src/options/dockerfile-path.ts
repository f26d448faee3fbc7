// Which Dockerfile: docker's rules for -f and for its default.
// https://github.com/docker/buildx/blob/v0.24.0/build/opt.go (LoadInputs, handleLowercaseDockerfile)
import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { usageError } from "../cli-error.ts";

/**
 * The absolute path of the Dockerfile. `-f` is relative to `cwd`, not to the context; without it the file is
 * `Dockerfile` in the context, or `dockerfile` when only that is there.
 */
export function dockerfilePath(file: string | undefined, context: string, cwd: string): string {
  if (file === undefined) return join(context, lowerCaseWhenAlone(context));
  const path = resolve(cwd, file);
  if (existsSync(path)) return path;
  const inContext = resolve(context, file);
  if (existsSync(inContext)) {
    throw usageError(
      `Cannot read Dockerfile ${file}: there is no such file; -f is relative to the current folder, ` +
        `so say -f ${relative(cwd, inContext)}`,
    );
  }
  throw usageError(`Cannot read Dockerfile ${file}: there is no such file`);
}

function lowerCaseWhenAlone(folder: string): string {
  const names = readNames(folder);
  return names.includes("dockerfile") && !names.includes("Dockerfile") ? "dockerfile" : "Dockerfile";
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The builder says what is wrong with the context.
    return [];
  }
}
