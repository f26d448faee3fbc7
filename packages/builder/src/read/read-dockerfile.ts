// Finds and reads the Dockerfile and the ignore file that goes with it.
import { DockerfileError, parseIgnoreFile, IgnoreMatcher } from "@tsbuild/dockerfile";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { BuildError, messageOf } from "../build-error.ts";

export interface DockerfileInput {
  /** The context folder, absolute. */
  readonly context: string;
  /** As the user would name it, for messages. */
  readonly path: string;
  readonly source: Uint8Array | string;
  readonly ignore: IgnoreMatcher | undefined;
  /** The ignore file in force, as named in messages. */
  readonly ignorePath: string | undefined;
}

const sizeLimit = 16 * 1024 * 1024;

/** Reads both; `dockerfile` is a path (default: `Dockerfile` in the context). */
export async function readDockerfile(o: {
  readonly context: string;
  readonly dockerfile?: string | undefined;
  readonly dockerfileText?: string | undefined;
}): Promise<DockerfileInput> {
  const context = resolve(o.context);
  await requireFolder(o.context, context);
  if (o.dockerfileText !== undefined) {
    return {
      context,
      path: "Dockerfile",
      source: o.dockerfileText,
      ...(await readIgnore(context, undefined)),
    };
  }
  const file = o.dockerfile === undefined ? join(context, "Dockerfile") : resolve(o.dockerfile);
  const source = await readSource(file, context, o.dockerfile === undefined);
  const path = o.dockerfile === undefined ? "Dockerfile" : o.dockerfile;
  return { context, path, source, ...(await readIgnore(context, file)) };
}

async function requireFolder(given: string, context: string): Promise<void> {
  const found = await stat(context).catch((error: unknown) => {
    throw new BuildError("INPUT_MISSING", `Cannot use the context "${given}": ${explain(error)}`, {
      cause: error,
    });
  });
  if (!found.isDirectory()) {
    throw new BuildError(
      "INPUT_MISSING",
      `Cannot use the context "${given}": it is not a folder; give the folder that COPY copies from`,
    );
  }
}

async function readSource(file: string, context: string, isDefault: boolean): Promise<Uint8Array> {
  try {
    return await readRegular(file, context);
  } catch (error) {
    const where = isDefault ? `Dockerfile in ${dirname(file)}` : `Dockerfile ${file}`;
    const near = isMissing(error) ? await nearMiss(file) : undefined;
    const remedy = near === undefined ? "name another one with -f" : `there is "${near}": name it with -f`;
    throw new BuildError("INPUT_MISSING", `Cannot read the ${where}: ${explain(error)}; ${remedy}`, {
      cause: error,
    });
  }
}

/**
 * A file of at most 16 MiB; a pipe would be waited for. What lies in the context may be somebody else's (a pull request):
 * as a link out of it, it would show a file of this machine in the messages, as in buildah GHSA-49p4-px3h-rq49.
 */
async function readRegular(file: string, context: string): Promise<Buffer> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error("it is not a file");
  if (found.size > sizeLimit) throw new Error("it is larger than 16 MiB");
  const real = await realpath(file);
  if (isBelow(file, context) && !isBelow(real, await realpath(context))) {
    throw new Error(`it is a symbolic link out of the context, to ${real}`);
  }
  return readFile(real);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A file beside it that differs only in case, or `Containerfile`. */
async function nearMiss(file: string): Promise<string | undefined> {
  const names = await readdir(dirname(file)).catch(() => []);
  const wanted = basename(file).toLowerCase();
  return (
    names.find((name) => name.toLowerCase() === wanted && name !== basename(file)) ??
    names.find((name) => name === "Containerfile")
  );
}

/** `<Dockerfile>.dockerignore` beside the Dockerfile goes before `.dockerignore` in the context. */
async function readIgnore(
  context: string,
  dockerfile: string | undefined,
): Promise<Pick<DockerfileInput, "ignore" | "ignorePath">> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(context, ".dockerignore"),
  ];
  for (const path of candidates) {
    const text = await readIfThere(path, context);
    if (text === undefined) continue;
    try {
      const patterns = parseIgnoreFile(text, { path });
      return {
        ignore: patterns.length === 0 ? undefined : new IgnoreMatcher(patterns),
        ignorePath: basename(path),
      };
    } catch (error) {
      const location = error instanceof DockerfileError ? error.place : undefined;
      throw new BuildError("INPUT_MISSING", messageOf(error), { location, cause: error });
    }
  }
  return { ignore: undefined, ignorePath: undefined };
}

async function readIfThere(path: string, context: string): Promise<string | undefined> {
  try {
    return (await readRegular(path, context)).toString("utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new BuildError("INPUT_MISSING", `Cannot read ${path}: ${explain(error)}`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function explain(error: unknown): string {
  if (isMissing(error)) return "it does not exist";
  if (error instanceof Error && "code" in error && error.code === "EACCES") return "you may not read it";
  return messageOf(error);
}
