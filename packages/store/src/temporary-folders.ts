// Folders that live as long as the process that made them, and are swept by the next one if it was killed.
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { processIdentity, processState } from "./process-identity.ts";
import { storeFailure } from "./store-error.ts";

/** A folder of one's own, mode 0700; disposing removes it with all that is in it. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** How long a folder is left alone when nobody can tell whether its owner runs (another container's). */
const patienceMs = 24 * 60 * 60 * 1000;

export async function createTemporaryFolder(parent: string): Promise<TemporaryFolder> {
  const path = join(parent, `${processIdentity()}.${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw storeFailure(error, "make a temporary folder", { path });
  }
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Removes what ended processes left. What can't be removed (files of a user namespace) stays. */
export async function sweepTemporaryFolders(parent: string): Promise<void> {
  for (const path of await findStaleFolders(parent))
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** The folders of ended processes. */
export async function findStaleFolders(parent: string): Promise<string[]> {
  // What cannot be listed cannot be swept; whoever makes a folder there is told why.
  const names = await readdir(parent).catch(() => []);
  const stale: string[] = [];
  for (const name of names) {
    const path = join(parent, name);
    if (await isStale(path, name)) stale.push(path);
  }
  return stale;
}

async function isStale(path: string, name: string): Promise<boolean> {
  const dot = name.indexOf(".");
  if (dot < 0) return false;
  const owner = processState(name.slice(0, dot));
  if (owner !== "unknown") return owner === "ended";
  const found = await stat(path).catch(() => undefined); // another one may have swept it
  return found !== undefined && Date.now() - found.mtimeMs > patienceMs;
}
