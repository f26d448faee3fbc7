// The files that a build leaves for what comes after it: --iidfile, --digest-file, --metadata-file.
// https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file
import type { BuildResult } from "@tsbuild/builder";
import { formatReference } from "@tsbuild/oci";
import { randomBytes } from "node:crypto";
import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CliError, messageOf } from "../cli-error.ts";

/** Where to write; what is undefined is not written. Paths are relative to `cwd`. */
export interface ResultFiles {
  readonly iidfile: string | undefined;
  readonly digestFile: string | undefined;
  readonly metadataFile: string | undefined;
}

/** Docker's image ID: the config's digest, or the index's when there are several platforms. */
export function imageId(result: BuildResult): string {
  const [image, ...others] = result.images;
  return image !== undefined && others.length === 0 ? image.config.digest : result.root.digest;
}

/** Each file appears whole or not at all. */
export async function writeResultFiles(files: ResultFiles, result: BuildResult, cwd: string): Promise<void> {
  const { iidfile, digestFile, metadataFile } = files;
  if (iidfile !== undefined) await replaceFile(iidfile, imageId(result), cwd);
  if (digestFile !== undefined) await replaceFile(digestFile, result.digest, cwd);
  if (metadataFile !== undefined) {
    await replaceFile(metadataFile, `${JSON.stringify(formatMetadata(result), undefined, 2)}\n`, cwd);
  }
}

/** The metadata by docker's keys; those that do not apply are absent. */
export function formatMetadata(result: BuildResult): Record<string, unknown> {
  const [image, ...others] = result.images;
  return {
    ...(image !== undefined && others.length === 0
      ? { "containerimage.config.digest": image.config.digest }
      : {}),
    "containerimage.descriptor": result.root,
    "containerimage.digest": result.digest,
    ...(result.names.length > 0 ? { "image.name": result.names.map(formatReference).join(",") } : {}),
  };
}

async function replaceFile(file: string, text: string, cwd: string): Promise<void> {
  const path = resolve(cwd, file);
  try {
    // /dev/stdout, a mounted /dev/termination-log: what is no plain file must stay what it is.
    if (await isSpecial(path)) await writeFile(path, text);
    else await writeAndRename(path, text);
  } catch (error) {
    throw new CliError("RESULT_NOT_WRITTEN", `Cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function isSpecial(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && (!found.isFile() || path.startsWith("/dev/"));
}

async function writeAndRename(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
