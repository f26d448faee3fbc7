// One 512-byte header block as it is written, whatever its dialect: V7, ustar, GNU, star.
// https://www.gnu.org/software/tar/manual/html_node/Standard.html
import { Buffer } from "node:buffer";
import { tarCorrupt } from "./tar-fault.ts";
import { readNumber } from "./tar-number.ts";

/** What a block says. Names are copies; numbers are as written, not yet overridden by PAX. */
export interface HeaderBlock {
  readonly name: Buffer;
  readonly linkName: Buffer;
  /** The type flag's character code. */
  readonly type: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
  readonly gnu: boolean;
}

/** Whether the whole block is zeros. */
export function isZeroBlock(block: Buffer): boolean {
  for (let i = 0; i < block.length; i++) if (block[i] !== 0) return false;
  return true;
}

/** Parses a block. Throws TAR_CORRUPT when its checksum or one of its numbers is wrong. */
export function parseHeaderBlock(block: Buffer): HeaderBlock {
  checkChecksum(block);
  const magic = block.toString("latin1", 257, 265);
  const ustar = magic.startsWith("ustar\0");
  const gnu = magic === "ustar  \0";
  const star = ustar && block.toString("latin1", 508, 512) === "tar\0";
  const prefix = star
    ? textAt(block, 345, 131)
    : ustar
      ? textAt(block, 345, 155)
      : gnu
        ? oldGoPrefix(block)
        : EMPTY;
  const name = textAt(block, 0, 100);
  const type = block[156]!;
  const device = type === 0x33 || type === 0x34;
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]),
    linkName: textAt(block, 157, 100),
    type,
    mode: readNumber(block, 100, 8, "mode"),
    uid: readNumber(block, 108, 8, "uid"),
    gid: readNumber(block, 116, 8, "gid"),
    size: readNumber(block, 124, 12, "size"),
    mtime: readNumber(block, 136, 12, "mtime"),
    // V7 has nothing there, and some writers leave garbage in other entries.
    major: device && (ustar || gnu) ? readNumber(block, 329, 8, "devmajor") : 0,
    minor: device && (ustar || gnu) ? readNumber(block, 337, 8, "devminor") : 0,
    gnu,
  };
}

const EMPTY = Buffer.alloc(0);

/** A copy of the bytes up to the first NUL. */
function textAt(block: Buffer, offset: number, width: number): Buffer {
  if (block[offset] === 0) return EMPTY;
  const end = block.indexOf(0, offset);
  return Buffer.from(block.subarray(offset, end < 0 ? offset + width : Math.min(end, offset + width)));
}

/**
 * Go before 1.8 wrote a prefix into GNU headers, where atime and ctime should be; Docker made images with it
 * until 2016. Go's own reader has this same exception.
 */
function oldGoPrefix(block: Buffer): Buffer {
  try {
    readNumber(block, 345, 12, "atime");
    readNumber(block, 357, 12, "ctime");
    return EMPTY;
  } catch {
    const prefix = textAt(block, 345, 155);
    return prefix.every((byte) => byte < 0x80) ? prefix : EMPTY;
  }
}

/** The sum of all bytes with the field itself as spaces; some old writers summed signed bytes. */
function checkChecksum(block: Buffer): void {
  let sum = 8 * 0x20;
  let negative = 0;
  for (let i = 0; i < block.length; i++) {
    if (i === 148) i = 156;
    const byte = block[i]!;
    sum += byte;
    negative += byte >> 7;
  }
  const stored = readNumber(block, 148, 8, "checksum");
  if (stored !== sum && stored !== sum - 256 * negative) throw tarCorrupt("a header's checksum is wrong");
}
