// One blob as one file: written under a temporary name until it is whole and verified, read with its
// digest checked. The local store and the OCI layout share it.
import type { Descriptor, Digest } from "@tsbuild/oci";
import { createHasher, digestAlgorithm } from "@tsbuild/oci";
import type { FileHandle } from "node:fs/promises";
import { open, rm, stat } from "node:fs/promises";
import type { Bytes, CallOptions, WriteOptions, WrittenBlob } from "./blob-store.ts";
import type { FileCalls, WritableFile } from "./files.ts";
import { fileCalls, moveInPlace, withTemporary } from "./files.ts";
import { backgroundWriter, inPieces } from "./background-writer.ts";
import { blobNotFound, StoreError, storeFailure, systemCode } from "./store-error.ts";
import { digestMismatch, isVerified, sizeMismatch, verify, watch } from "./verify.ts";

const readSize = 512 << 10;
const writeSize = 512 << 10;

/** The size of a blob's file in bytes, `undefined` when there is none. */
export async function blobFileSize(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw storeFailure(error, "look for a blob", { path });
  }
}

/**
 * The verified bytes of a blob's file. With `heal`, a file whose bytes do not have the digest that it is named
 * by is removed before the error is thrown.
 */
export function readBlobFile(
  path: string,
  blob: Descriptor,
  options: CallOptions & { place: string; heal?: boolean },
): Bytes {
  let inode = 0n;
  async function* content(): AsyncGenerator<Uint8Array> {
    const file = await openBlob(path, blob, options);
    try {
      inode = (await file.stat({ bigint: true })).ino;
      yield* readAhead(async () => {
        options.signal?.throwIfAborted();
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(readSize), 0, readSize, null);
        return buffer.subarray(0, bytesRead);
      });
    } catch (error) {
      throw storeFailure(error, `read blob ${blob.digest}`, { path, digest: blob.digest });
    } finally {
      await file.close();
    }
  }
  const verified = verify(content(), blob);
  if (options.heal !== true) return verified;
  return watch(
    verified,
    () => {},
    async (error) => {
      // Only for a wrong digest: a wrong size may be the descriptor's fault.
      if (error instanceof StoreError && error.code === "DIGEST_MISMATCH")
        await removeSame(path, inode).catch(() => {}); // the mismatch is the error to tell
    },
  );
}

async function openBlob(
  path: string,
  blob: Descriptor,
  { signal, place }: CallOptions & { place: string },
): Promise<FileHandle> {
  signal?.throwIfAborted();
  // Asked first: opening a FIFO that someone put here would wait for ever.
  if ((await blobFileSize(path)) === undefined) throw blobNotFound(blob.digest, place);
  try {
    return await open(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw blobNotFound(blob.digest, place);
    throw storeFailure(error, `read blob ${blob.digest}`, { path, digest: blob.digest });
  }
}

/** Removes the file unless another process has already put a good one in its place. */
export async function removeSame(path: string, inode: bigint): Promise<void> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found?.ino === inode) await rm(path, { force: true });
}

/**
 * Keeps bytes as a blob's file. `place` gives a path by digest; it is asked before anything is read when the
 * digest is expected, so that a blob that is here already costs nothing.
 */
export async function writeBlobFile(
  bytes: Bytes,
  options: WriteOptions & {
    temporary: string;
    place: (digest: Digest) => Promise<string>;
    calls?: FileCalls;
  },
): Promise<WrittenBlob> {
  const { expected, signal, temporary, place, calls = fileCalls } = options;
  signal?.throwIfAborted();
  if (expected !== undefined) {
    const size = await blobFileSize(await place(expected.digest));
    if (size !== undefined && size === (expected.size ?? size)) return { digest: expected.digest, size };
  }
  try {
    const written = await withTemporary(temporary, calls, (file) => fill(file, bytes, options));
    await moveInPlace(temporary, await place(written.digest), calls);
    return written;
  } catch (error) {
    const name = expected === undefined ? "a blob" : `blob ${expected.digest}`;
    throw storeFailure(error, `write ${name}`, {
      path: temporary,
      ...(expected && { digest: expected.digest }),
    });
  }
}

async function fill(
  file: WritableFile,
  bytes: Bytes,
  { expected, signal }: WriteOptions,
): Promise<WrittenBlob> {
  // A source that proves the digest by itself is not hashed a second time.
  const proven = expected !== undefined && isVerified(bytes, expected.digest);
  const hasher = proven ? undefined : createHasher(expected && digestAlgorithm(expected.digest));
  const output = backgroundWriter(file);
  let size = 0;
  try {
    for await (const piece of inPieces(bytes, writeSize)) {
      signal?.throwIfAborted();
      size += piece.length;
      if (expected?.size !== undefined && size > expected.size)
        throw sizeMismatch(expected.digest, expected.size, "more");
      await output.write(piece);
      hasher?.update(piece);
    }
  } finally {
    await output.idle();
  }
  if (expected?.size !== undefined && size !== expected.size)
    throw sizeMismatch(expected.digest, expected.size, String(size));
  const digest = hasher?.digest() ?? expected?.digest;
  if (digest === undefined) throw new Error("Cannot happen: without an expected digest there is a hasher");
  if (expected !== undefined && digest !== expected.digest) throw digestMismatch(expected.digest, digest);
  return { digest, size };
}

/** Reads the next piece while the one before is being used. Ends at an empty piece. */
async function* readAhead(read: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  let next = read();
  try {
    for (let piece = await next; piece.length > 0; piece = await next) {
      next = read();
      next.catch(() => {}); // awaited when it is wanted, or below
      yield piece;
    }
  } finally {
    await next.catch(() => {}); // the file must not be closed under a read
  }
}
