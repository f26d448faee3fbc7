// The columns of an entry table, and how they lie in one block of memory. The block in memory is the file
// on disk: saving is writing it, loading is reading it, and a worker gets it without a copy.
//
//   header (64 bytes) | f64 columns | u32 columns | name ends | u16 | u8 | digests | names
import { Buffer } from "node:buffer";

export const HEADER_BYTES = 64;
export const DIGEST_BYTES = 32;

/** What a row is: the low four bits of its `kind`. Values are part of the file format. */
export const RowKind = {
  diskFile: 0,
  sliceFile: 1,
  bytesFile: 2,
  directory: 3,
  symlink: 4,
  hardlink: 5,
  charDevice: 6,
  blockDevice: 7,
  fifo: 8,
  remove: 9,
  clear: 10,
} as const;
export const KIND_MASK = 0x0f;
/** The row's folder hides what lower layers have below it. */
export const OPAQUE_FLAG = 0x80;
/** The row has a content digest (SHA-256) in `digests`. */
export const DIGEST_FLAG = 0x40;

/**
 * One value a row, `digests` 32 bytes a row. `dir`, `base` and `attributes` are ids of names; `first` and
 * `second` depend on the kind: a disk file's folder and name, a slice's layer and sparse map, the bytes of
 * a file, a link's target (a hard link's in two parts), a device's major and minor.
 */
export interface EntryColumns {
  mtimeSec: Float64Array;
  size: Float64Array;
  offset: Float64Array;
  dir: Uint32Array;
  base: Uint32Array;
  first: Uint32Array;
  second: Uint32Array;
  /** Mode, owner and extended attributes: there are few different ones. 0 for whiteouts. */
  attributes: Uint32Array;
  /** Empty when all are 0. */
  mtimeNsec: Uint32Array;
  kind: Uint8Array;
  /** Empty when no row has a digest. */
  digests: Uint8Array;
}

/** How large the parts of a block are. */
export interface TableShape {
  readonly rows: number;
  readonly names: number;
  readonly nameBytes: number;
  readonly hasNsec: boolean;
  readonly hasDigests: boolean;
}

/** A block of memory, seen as a table. */
export interface TableBlock {
  readonly shape: TableShape;
  /** The whole block, header included. */
  readonly bytes: Buffer;
  readonly columns: EntryColumns;
  readonly nameEnds: Uint32Array;
  readonly names: Buffer;
}

/** Bytes of a block of this shape. */
export function blockLength(shape: TableShape): number {
  const perRow = 3 * 8 + 5 * 4 + (shape.hasNsec ? 4 : 0) + 1 + (shape.hasDigests ? DIGEST_BYTES : 0);
  return HEADER_BYTES + shape.rows * perRow + shape.names * 4 + shape.nameBytes;
}

/** The views of a block at `start` (a multiple of 8) in `buffer`. */
export function viewBlock(buffer: ArrayBufferLike, start: number, shape: TableShape): TableBlock {
  const { rows } = shape;
  let at = start + HEADER_BYTES;
  const take = (bytes: number): number => {
    const from = at;
    at += bytes;
    return from;
  };
  const doubles = (): Float64Array => new Float64Array(buffer, take(rows * 8), rows);
  const words = (length: number): Uint32Array => new Uint32Array(buffer, take(length * 4), length);
  const bytes = (length: number): Uint8Array => new Uint8Array(buffer, take(length), length);
  // The order of these lines is the order of the file.
  const [mtimeSec, size, offset] = [doubles(), doubles(), doubles()];
  const [dir, base, first, second, attributes] = [
    words(rows),
    words(rows),
    words(rows),
    words(rows),
    words(rows),
  ];
  const mtimeNsec = words(shape.hasNsec ? rows : 0);
  const nameEnds = words(shape.names);
  const kind = bytes(rows);
  const digests = bytes(shape.hasDigests ? rows * DIGEST_BYTES : 0);
  const names = Buffer.from(buffer, take(shape.nameBytes), shape.nameBytes);
  return {
    shape,
    bytes: Buffer.from(buffer, start, at - start),
    columns: { mtimeSec, size, offset, dir, base, first, second, attributes, mtimeNsec, kind, digests },
    nameEnds,
    names,
  };
}

/** Which of `first` and `second` are ids of names: bit 0 and bit 1. */
export function nameReferences(kind: number): number {
  switch (kind & KIND_MASK) {
    case RowKind.diskFile:
    case RowKind.sliceFile:
    case RowKind.hardlink:
      return 3;
    case RowKind.bytesFile:
    case RowKind.symlink:
      return 1;
    default:
      return 0;
  }
}
