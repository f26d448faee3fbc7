// The header of a table's block and the check of everything that a reader relies on: a table from a file
// or a registry may be torn, from another version, or made to deceive ("../" as a name).
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { isDigest } from "@tsbuild/oci";
import { LayerError } from "../layer-error.ts";
import { blockLength, DIGEST_FLAG, HEADER_BYTES, KIND_MASK, nameReferences } from "./entry-columns.ts";
import { OPAQUE_FLAG, RowKind, viewBlock } from "./entry-columns.ts";
import type { TableBlock } from "./entry-columns.ts";
import { unpackAttributes, unpackSparse } from "./packed-values.ts";
import { compareSplitPaths } from "./path-order.ts";
import { isBelow } from "./row-order.ts";
import { splitPathAt } from "./split-path-at.ts";

const MAGIC = "tsbtable";
const VERSION = 1;
const HAS_NSEC = 1;
const HAS_DIGESTS = 2;

// magic 0..8 | version 8 | flags 12 | rows 16 | names 20 | name bytes 24 (f64) | byte order 32 | crc 36
const BYTE_ORDER_MARK = new Uint32Array([0x01020304]);

/** Fills in the header; the block is a valid file then. */
export function sealBlock(block: TableBlock): void {
  const { bytes, shape } = block;
  bytes.fill(0, 0, HEADER_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE((shape.hasNsec ? HAS_NSEC : 0) | (shape.hasDigests ? HAS_DIGESTS : 0), 12);
  bytes.writeUInt32LE(shape.rows, 16);
  bytes.writeUInt32LE(shape.names, 20);
  bytes.writeDoubleLE(shape.nameBytes, 24);
  // As this machine writes its numbers: a file from the other kind is refused, and made again.
  Buffer.from(BYTE_ORDER_MARK.buffer).copy(bytes, 32);
  bytes.writeUInt32LE(checksum(bytes), 36);
}

/** The block in these bytes. Throws INDEX_CORRUPT unless all of it can be relied on. */
export function openBlock(bytes: Uint8Array): TableBlock {
  const block = viewFile(bytes);
  if (block.bytes.readUInt32LE(36) !== checksum(block.bytes)) throw corrupt("the checksum is wrong");
  checkNames(block);
  checkRows(block);
  return block;
}

/** The block in memory that came from a table of this process: only the header is looked at. */
export function viewFile(bytes: Uint8Array): TableBlock {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, 8) !== MAGIC)
    throw corrupt("it is no table");
  if (header.readUInt32LE(8) !== VERSION) throw corrupt(`its version is ${header.readUInt32LE(8)}`);
  if (Buffer.from(BYTE_ORDER_MARK.buffer).compare(header, 32, 36) !== 0)
    throw corrupt("its byte order differs");
  const flags = header.readUInt32LE(12);
  const shape = {
    rows: header.readUInt32LE(16),
    names: header.readUInt32LE(20),
    nameBytes: header.readDoubleLE(24),
    hasNsec: (flags & HAS_NSEC) !== 0,
    hasDigests: (flags & HAS_DIGESTS) !== 0,
  };
  if (!Number.isSafeInteger(shape.nameBytes) || shape.nameBytes < 0 || shape.names < 1)
    throw corrupt("its header is wrong");
  if (blockLength(shape) !== header.length) throw corrupt("its length is wrong");
  if (bytes.byteOffset % 8 === 0) return viewBlock(bytes.buffer, bytes.byteOffset, shape);
  const copy = new SharedArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return viewBlock(copy, 0, shape);
}

function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, 36)));
}

function checkNames({ nameEnds, names }: TableBlock): void {
  if (nameEnds[0] !== 0 || nameEnds.at(-1) !== names.length) throw corrupt("its names are wrong");
  for (let id = 1; id < nameEnds.length; id++) {
    if (nameEnds[id]! <= nameEnds[id - 1]!) throw corrupt("its names are wrong");
  }
}

function checkRows(block: TableBlock): void {
  const { columns, nameEnds, shape } = block;
  const names = { bytes: block.names, ends: nameEnds };
  const seen = new Uint8Array(shape.names);
  const nameAt = (id: number): Buffer => block.names.subarray(id === 0 ? 0 : nameEnds[id - 1], nameEnds[id]);
  const checkPath = (dir: number, base: number): void => {
    checkPart(seen, nameAt, dir, 1, isFolderName);
    if (base === 0 && dir !== 0) throw corrupt("a path ends in a slash");
    checkPart(seen, nameAt, base, 2, isLastPart);
  };
  for (let row = 0; row < shape.rows; row++) {
    const kind = columns.kind[row]!;
    if ((kind & KIND_MASK) > RowKind.clear) throw corrupt("a kind is unknown");
    const references = nameReferences(kind);
    const first = columns.first[row]!;
    const second = columns.second[row]!;
    const attributes = columns.attributes[row]!;
    const highest = Math.max(
      columns.dir[row]!,
      columns.base[row]!,
      attributes,
      (references & 1) !== 0 ? first : 0,
      (references & 2) !== 0 ? second : 0,
    );
    if (highest >= shape.names) throw corrupt("a name is missing");
    checkPath(columns.dir[row]!, columns.base[row]!);
    checkNumbers(block, row, kind);
    if ((kind & KIND_MASK) === RowKind.hardlink) checkPath(first, second);
    if ((kind & KIND_MASK) === RowKind.sliceFile) {
      checkPart(seen, nameAt, first, 4, isLayer);
      checkPart(seen, nameAt, second, 8, (packed) => unpackSparse(packed) !== undefined);
      if (first === 0) throw corrupt("a layer is no digest");
    }
    checkPart(seen, nameAt, attributes, 16, (packed) => unpackAttributes(packed) !== undefined);
    if (attributes === 0 && (kind & KIND_MASK) < RowKind.remove) throw corrupt("an entry has no attributes");
  }
  for (let row = 1; row < shape.rows; row++) {
    if (compareRows(block, row - 1, row) >= 0) throw corrupt("its rows are not in order");
    // Whoever unpacks "l/pwn" must not find that "l" is a link out of the root. In tree order, only the next
    // row needs a look.
    if (!isFolder(columns.kind[row - 1]!) && isBelow(columns, names, row - 1, row)) {
      throw corrupt("an entry is below one that is no folder");
    }
  }
}

function compareRows(block: TableBlock, a: number, b: number): number {
  const { columns, names, nameEnds } = block;
  if (columns.dir[a] !== columns.dir[b] || columns.base[a] === 0) {
    return compareSplitPaths(names, splitPathAt(block, a), names, splitPathAt(block, b));
  }
  const baseA = columns.base[a]!;
  const baseB = columns.base[b]!;
  if (baseB === 0) return 1;
  return names.compare(names, nameEnds[baseB - 1], nameEnds[baseB], nameEnds[baseA - 1], nameEnds[baseA]);
}

function checkNumbers({ columns, shape }: TableBlock, row: number, kind: number): void {
  const size = columns.size[row]!;
  const offset = columns.offset[row]!;
  if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(offset) || offset < 0) {
    throw corrupt("a number is wrong");
  }
  if (!Number.isSafeInteger(columns.mtimeSec[row])) throw corrupt("a number is wrong");
  const masked = kind & KIND_MASK;
  if ((kind & DIGEST_FLAG) !== 0 && (!shape.hasDigests || masked > RowKind.bytesFile)) {
    throw corrupt("a digest is missing");
  }
  if ((kind & OPAQUE_FLAG) !== 0 && !isFolder(kind)) throw corrupt("a kind is unknown");
}

function isFolder(kind: number): boolean {
  const masked = kind & KIND_MASK;
  return masked === RowKind.directory || masked === RowKind.clear;
}

/** Each name is looked at once per role: `bit` marks it as checked in `seen`. */
function checkPart(
  seen: Uint8Array,
  nameAt: (id: number) => Buffer,
  id: number,
  bit: number,
  isGood: (name: Buffer) => boolean,
): void {
  if (id === 0 || (seen[id]! & bit) !== 0) return;
  if (!isGood(nameAt(id))) throw corrupt("a name is not what it is used for");
  seen[id]! |= bit;
}

function isLayer(name: Buffer): boolean {
  return isDigest(name.toString("latin1"));
}

function isFolderName(name: Buffer): boolean {
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    if (name[i] === 0) return false;
    if (i < name.length && name[i] !== 0x2f) continue;
    const length = i - start;
    if (
      length === 0 ||
      (name[start] === 0x2e && (length === 1 || (length === 2 && name[start + 1] === 0x2e)))
    ) {
      return false;
    }
    start = i + 1;
  }
  return true;
}

function isLastPart(name: Buffer): boolean {
  return !name.includes(0x2f) && isFolderName(name);
}

function corrupt(reason: string): LayerError {
  return new LayerError("INDEX_CORRUPT", `Cannot read entry table: ${reason}`, { facts: { reason } });
}
