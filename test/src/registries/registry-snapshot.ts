// Takes a registry's folder back to an earlier state without copying its blobs: blob files are hard links, since the
// registry only ever renames them into place, and everything else, which it rewrites in place, is copied.
import { mkdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";

const blobs = "docker/registry/v2/blobs";
const repositories = "docker/registry/v2/repositories";

export async function saveSnapshot(dataFolder: string, snapshot: string): Promise<void> {
  await rm(snapshot, { recursive: true, force: true });
  await copyState(dataFolder, snapshot);
}

/** A registry that is running notices at once: it keeps nothing of the file system in memory. */
export async function restoreSnapshot(snapshot: string, dataFolder: string): Promise<void> {
  await rm(join(dataFolder, "docker"), { recursive: true, force: true });
  await copyState(snapshot, dataFolder);
}

async function copyState(from: string, to: string): Promise<void> {
  await mkdir(join(to, "docker/registry/v2"), { recursive: true });
  if (existsSync(join(from, blobs))) await runOrThrow("cp", ["-al", join(from, blobs), join(to, blobs)]);
  if (existsSync(join(from, repositories))) {
    await runOrThrow("cp", ["-a", join(from, repositories), join(to, repositories)]);
  }
}
