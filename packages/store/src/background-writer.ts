// A large file is written at the disk's speed: while one piece is on its way to the kernel the next is being
// hashed, and the disk is set to work early, so that the fsync at the end has little left to do.
import type { Bytes } from "./blob-store.ts";
import type { WritableFile } from "./files.ts";
import { writeFully } from "./files.ts";

const flushEvery = 32 << 20;

/** Writes pieces one after another; one may be in flight when `write` returns. */
export interface BackgroundWriter {
  /** Takes the next piece, once the one before is written. Throws what went wrong with an earlier one. */
  write(piece: Uint8Array): Promise<void>;
  /** Waits until nothing is in flight. Throws what went wrong. */
  idle(): Promise<void>;
}

export function backgroundWriter(file: WritableFile): BackgroundWriter {
  let writing: Promise<void> = Promise.resolve();
  let flushing: Promise<void> | undefined;
  let flushed = Promise.resolve();
  let unflushed = 0;

  const flush = () => {
    unflushed = 0;
    // An error of fsync is told once: it has to be kept, and fail the file.
    flushing = file.sync();
    flushed = Promise.all([flushed, flushing]).then(() => {
      flushing = undefined;
    });
    flushed.catch(() => {}); // awaited by whoever comes next
  };

  return {
    async write(piece) {
      await writing;
      writing = writeFully(file, piece);
      writing.catch(() => {}); // awaited by whoever comes next
      unflushed += piece.length;
      if (unflushed >= flushEvery && flushing === undefined) flush();
    },
    async idle() {
      await Promise.allSettled([writing, flushed]);
      await writing;
      await flushed;
    },
  };
}

/** Joins small chunks, so that a stream of 4 KiB pieces does not cost a system call each. */
export async function* inPieces(bytes: Bytes, size: number): AsyncGenerator<Uint8Array> {
  let piece = Buffer.alloc(0);
  let used = 0;
  for await (const chunk of bytes) {
    if (chunk.length >= size / 2) {
      if (used > 0) yield piece.subarray(0, used);
      piece = Buffer.alloc(0);
      used = 0;
      yield chunk;
      continue;
    }
    if (used + chunk.length > piece.length) {
      if (used > 0) yield piece.subarray(0, used);
      piece = Buffer.allocUnsafeSlow(size);
      used = 0;
    }
    piece.set(chunk, used);
    used += chunk.length;
  }
  if (used > 0) yield piece.subarray(0, used);
}
