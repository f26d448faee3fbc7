// One gzip member whose blocks are deflated side by side on the thread pool and joined at byte borders
// (empty stored blocks, as of Z_SYNC_FLUSH). Pieces that would not shrink are stored. The bytes depend on
// the blocks, the level and the zlib inside Node, on nothing else.
// https://www.rfc-editor.org/rfc/rfc1952
import { constants, crc32, deflateRaw } from "node:zlib";
import type { BlockCodec } from "./block-codec.ts";
import { isIncompressible } from "./incompressible.ts";

/** docs/decisions/0003-gzip-blocks.md has the figures behind it. */
const defaultGzipLevel = 4;

const pieceBytes = 64 * 1024;
const storedBytes = 65_535;

export function gzipCodec(
  mediaType: string,
  level: number = defaultGzipLevel,
): BlockCodec & { skip(block: Uint8Array): void } {
  let crc = 0;
  let length = 0;
  const count = (block: Uint8Array): void => {
    crc = crc32(block, crc);
    length += block.length;
  };
  return {
    mediaType,
    head: () => Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255), // no name, no time, unknown system
    encode(block) {
      count(block);
      return encodeBlock(block, level);
    },
    skip: count, // encoded by somebody else
    tail() {
      const tail = Buffer.alloc(10);
      tail[0] = 3; // an empty last block, then fill bits to the byte
      tail.writeUInt32LE(crc, 2);
      tail.writeUInt32LE(length % 0x1_0000_0000, 6);
      return tail;
    },
  };
}

async function encodeBlock(block: Uint8Array, level: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const run of runsOf(block)) {
    const bytes = block.subarray(run.start, run.end);
    if (run.stored) parts.push(storeBytes(bytes));
    // oxlint-disable-next-line no-await-in-loop -- the pool is filled by blocks, not by the runs of one
    else parts.push(await deflateBytes(bytes, level));
  }
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

interface Run {
  readonly stored: boolean;
  readonly start: number;
  readonly end: number;
}

/** The longest stretches of pieces that are all stored or all deflated. */
function runsOf(block: Uint8Array): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < block.length; start += pieceBytes) {
    const end = Math.min(start + pieceBytes, block.length);
    const stored = isIncompressible(block.subarray(start, end));
    const last = runs.at(-1);
    if (last?.stored === stored) runs[runs.length - 1] = { stored, start: last.start, end };
    else runs.push({ stored, start, end });
  }
  return runs;
}

function deflateBytes(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  const chunkSize = Math.max(64 * 1024, bytes.length >> 1);
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, { level, chunkSize, finishFlush: constants.Z_SYNC_FLUSH }, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/** Stored blocks of deflate, none of them the last: a type, the length and its complement before the bytes. */
function storeBytes(bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafeSlow(bytes.length + 5 * Math.ceil(bytes.length / storedBytes));
  let at = 0;
  for (let start = 0; start < bytes.length; start += storedBytes) {
    const part = bytes.subarray(start, start + storedBytes);
    out[at] = 0;
    out.writeUInt16LE(part.length, at + 1);
    out.writeUInt16LE(part.length ^ 0xffff, at + 3);
    out.set(part, at + 5);
    at += 5 + part.length;
  }
  return out;
}
