// The steps that make a file durable: new file under a temporary name, all its bytes, fsync, rename, fsync
// of the folder. Skip one, and a power cut leaves an empty file under a name that promises more
// (containerd #10457, #12302).
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./store-error.ts";

/** What writing needs of an open file. */
export type WritableFile = Pick<FileHandle, "write" | "sync" | "close">;

/** The system calls of a write, so that tests can watch and break them. */
export interface FileCalls {
  /** Opens a file that must not exist yet. */
  create(path: string): Promise<WritableFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
}

export const fileCalls: FileCalls = {
  create: (path) => open(path, "wx", 0o644),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder,
};

/** Writes all of it; a single write call may write less. */
export async function writeFully(file: WritableFile, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await file.write(bytes, done)).bytesWritten;
}

/** Makes `path` this content, durably and atomically. `temporary` is a free name on the same file system. */
export async function replaceFile(
  path: string,
  temporary: string,
  bytes: Uint8Array,
  calls: FileCalls = fileCalls,
): Promise<void> {
  await withTemporary(temporary, calls, async (file) => writeFully(file, bytes));
  await moveInPlace(temporary, path, calls);
}

/** Fills a new temporary file and fsyncs it; it is removed if any of that fails. */
export async function withTemporary<T>(
  temporary: string,
  calls: FileCalls,
  fill: (file: WritableFile) => Promise<T>,
): Promise<T> {
  const file = await calls.create(temporary);
  try {
    let result: T;
    try {
      result = await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    return result;
  } catch (error) {
    await calls.remove(temporary);
    throw error;
  }
}

/** Gives a finished temporary file its name. */
export async function moveInPlace(temporary: string, path: string, calls: FileCalls): Promise<void> {
  try {
    await calls.rename(temporary, path);
  } catch (error) {
    await calls.remove(temporary);
    throw error;
  }
  await calls.syncFolder(dirname(path));
}

/** Makes the folder with its parents; node's own `recursive` never returns below /proc (mkdir says ENOENT there). */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  if ((await tryMakeFolder(path, mode)) === "made") return;
  await makeFolder(dirname(path), mode);
  await mkdir(path, { mode }).catch((error: unknown) => passIfThere(error, path));
}

async function tryMakeFolder(path: string, mode: number): Promise<"made" | "parent missing"> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (systemCode(error) === "ENOENT" && !(await isFolder(dirname(path)))) return "parent missing";
    await passIfThere(error, path);
  }
  return "made";
}

/** Whatever mkdir says (a read-only file system has its own word), a folder that is there will do. */
async function passIfThere(error: unknown, path: string): Promise<void> {
  if (!(await isFolder(path))) throw error;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems (NFS, FUSE, Windows) can't fsync a folder; any other failure counts.
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    await folder.close();
  }
}
