// Where a layer's tar is cut into the blocks that are compressed one by one. The cuts depend on the entries
// alone: a block ends after an entry chosen by the hash of its path, so that a changed entry moves no cut
// but its own, and a file too large for one block is cut at fixed offsets of its own bytes.
import { crc32 } from "node:zlib";

/** Sizes in bytes; both are multiples of 512. */
export interface BlockRule {
  /** A block is only ended by choice once it has this many bytes. */
  readonly minBytes: number;
  /** No block is larger. */
  readonly maxBytes: number;
}

export const gzipBlocks: BlockRule = { minBytes: 256 * 1024, maxBytes: 1024 * 1024 };

/** zstd looks back farther than gzip's 32 KiB, and pays for short frames. */
export const zstdBlocks: BlockRule = { minBytes: 1024 * 1024, maxBytes: 4 * 1024 * 1024 };

/**
 * Whether the entry at `path`, of `bytes` bytes in the tar, is one that blocks end after. One byte in a
 * third of the span between the limits is hit, so that few blocks run into the upper limit.
 */
export function endsBlock(rule: BlockRule, path: string, bytes: number): boolean {
  return crc32(path) < (bytes / ((rule.maxBytes - rule.minBytes) / 3)) * 0x1_0000_0000;
}
