// A tar as a stream of entries whose contents can be read in order.
import { Buffer } from "node:buffer";
import type { Bytes } from "@tsbuild/store";
import type { SparseRegion } from "../entry.ts";
import type { TarLimits } from "./tar-limits.ts";
import type { TarHeaderFields } from "./tar-header.ts";
import { TarScanner } from "./tar-scanner.ts";
import type { TarMember } from "./tar-member.ts";

/** One entry of an archive that is being read. */
export interface TarEntry {
  /** `path` and a hard link's `target` are canonical; names such as ".wh.a" are left as they are. */
  readonly entry: TarHeaderFields;
  /** Where the data starts in the uncompressed archive. */
  readonly dataOffset: number;
  /** Bytes of data in the archive; less than the file's size when it is sparse. */
  readonly packedSize: number;
  /** The parts of a sparse file that the data holds, in order. */
  readonly sparse?: readonly SparseRegion[];
  /**
   * The whole content of a file, holes filled with zeros; nothing for other entries. Works once, and only
   * until the next entry is asked for; what is not read is skipped. A piece is good until the next one.
   */
  read(): Bytes;
}

const ZEROS = Buffer.alloc(64 * 1024);

/**
 * The entries of an uncompressed tar, in its order: ustar, PAX, GNU and V7, with sparse files.
 * Throws LayerError TAR_CORRUPT, TAR_LIMIT or PATH_ESCAPES. Read to the end, all bytes were consumed,
 * including what follows the end of the archive.
 */
export async function* readTar(
  bytes: Bytes,
  options: { signal?: AbortSignal; limits?: TarLimits } = {},
): AsyncGenerator<TarEntry, void, void> {
  const { signal } = options;
  const scanner = new TarScanner(options.limits);
  const input = bytes[Symbol.asyncIterator]();
  const feed = async (): Promise<void> => {
    signal?.throwIfAborted();
    const chunk = await input.next();
    if (chunk.done === true) scanner.end();
    else scanner.feed(chunk.value);
  };
  try {
    while (!scanner.done) {
      const member = scanner.next();
      if (member === undefined) {
        if (!scanner.done) await feed();
        continue;
      }
      yield { ...member, read: () => readMember(scanner, member, feed) };
    }
  } finally {
    await input.return?.();
  }
}

async function* readMember(
  scanner: TarScanner,
  member: TarMember,
  feed: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, void> {
  if (member.sparse === undefined) {
    yield* readPacked(scanner, member.packedSize, feed);
    return;
  }
  const size = member.entry.kind === "file" ? member.entry.size : 0;
  let position = 0;
  for (const { offset, length } of member.sparse) {
    yield* zeros(offset - position);
    yield* readPacked(scanner, length, feed);
    position = offset + length;
  }
  yield* zeros(size - position);
}

async function* readPacked(
  scanner: TarScanner,
  length: number,
  feed: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, void> {
  for (let left = length; left > 0;) {
    const piece = scanner.readData(left);
    if (piece === undefined) await feed();
    else {
      left -= piece.length;
      yield piece;
    }
  }
}

function* zeros(length: number): Generator<Uint8Array, void, void> {
  for (let left = length; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
