// Content digests of chosen files, from the cache where it can be trusted and by reading where not. Synchronous, in a
// worker thread, one open, read, fstat and close a file.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { createHash, hash } from "node:crypto";
import type { DigestCache } from "./digest-cache.ts";
import { ContextError, systemCode } from "./context-error.ts";
import type { FileIdentities, FileIdentity } from "./file-identities.ts";
import { systemPath } from "./walk-context.ts";

const chunkBytes = 1024 * 1024;
/** How often progress is reported at most. */
const reportEveryMs = 100;

/** What has been done of a request. */
export interface HashProgress {
  readonly files: number;
  readonly totalFiles: number;
  /** Bytes read; files whose digests were known count for none. */
  readonly bytes: number;
}

export interface HashRequest {
  readonly rows: Uint32Array;
  /** The path on disk of a row. */
  diskPath(row: number): string;
  readonly identities: FileIdentities;
  readonly cache: DigestCache;
  /** 32 bytes a row are written here. */
  readonly digests: Uint8Array;
  /** Set to 1 for each row with a digest; such rows are skipped. */
  readonly known: Uint8Array;
  report(progress: HashProgress): void;
}

/** Hashes the rows. Gives how many files had to be read. Throws ContextError CONTEXT_FILE_CHANGED or CONTEXT_UNREADABLE. */
export function hashFiles(request: HashRequest): number {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let bytes = 0;
  let read = 0;
  let reportedAt = performance.now();
  const totalFiles = request.rows.length;
  for (const [index, row] of request.rows.entries()) {
    if (request.known[row] === 1) continue;
    let digest = request.cache.find(request.identities, row);
    if (digest === undefined) {
      const path = request.diskPath(row);
      const identity = request.identities.get(row);
      digest = hashFile(path, identity, buffer, (count) => {
        bytes += count;
        const now = performance.now();
        if (now - reportedAt < reportEveryMs) return;
        reportedAt = now;
        request.report({ files: index, totalFiles, bytes });
      });
      read += 1;
    }
    request.digests.set(digest, row * 32);
    request.known[row] = 1;
  }
  request.report({ files: totalFiles, totalFiles, bytes });
  return read;
}

function hashFile(
  path: string,
  expected: FileIdentity,
  buffer: Buffer,
  onRead: (bytes: number) => void,
): Buffer {
  // O_NOFOLLOW and O_NONBLOCK: the file may have become a link to elsewhere, or a pipe.
  const file = openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = Number(expected.size);
    const digest =
      size <= buffer.length ? hashSmall(file, size, buffer, onRead) : hashLarge(file, size, buffer, onRead);
    const stats = fstatSync(file, { bigint: true });
    const isSame =
      stats.dev === expected.device &&
      stats.ino === expected.inode &&
      stats.size === expected.size &&
      stats.mtimeNs === expected.mtimeNs &&
      stats.ctimeNs === expected.ctimeNs;
    if (digest === undefined || !isSame) throw changed(path);
    return digest;
  } catch (cause) {
    if (cause instanceof ContextError) throw cause;
    throw unreadable(path, cause);
  } finally {
    closeSync(file);
  }
}

function hashSmall(
  file: number,
  size: number,
  buffer: Buffer,
  onRead: (bytes: number) => void,
): Buffer | undefined {
  const length = fill(file, buffer, size);
  onRead(length);
  return length === size ? hash("sha256", buffer.subarray(0, size), "buffer") : undefined;
}

function hashLarge(
  file: number,
  size: number,
  buffer: Buffer,
  onRead: (bytes: number) => void,
): Buffer | undefined {
  const hasher = createHash("sha256");
  for (let left = size; left > 0;) {
    const length = fill(file, buffer, Math.min(left, buffer.length));
    if (length === 0) return undefined;
    hasher.update(buffer.subarray(0, length));
    onRead(length);
    left -= length;
  }
  return hasher.digest();
}

/** Reads `length` bytes, or up to the end of the file. */
function fill(file: number, buffer: Buffer, length: number): number {
  let at = 0;
  while (at < length) {
    const count = readSync(file, buffer, at, length - at, null);
    if (count === 0) break;
    at += count;
  }
  return at;
}

function openFile(path: string, flags: number): number {
  try {
    return openSync(systemPath(path), flags);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR" || code === "ENXIO")
      throw changed(path, { cause });
    throw unreadable(path, cause);
  }
}

function changed(path: string, options?: ErrorOptions): ContextError {
  const message = `Cannot use "${path}": it changed while the build context was read; build again when it is at rest`;
  return new ContextError("CONTEXT_FILE_CHANGED", message, { path }, options);
}

function unreadable(path: string, cause: unknown): ContextError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ContextError("CONTEXT_UNREADABLE", `Cannot read "${path}": ${reason}`, { path }, { cause });
}
