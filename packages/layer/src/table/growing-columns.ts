// The columns of a table that is being built. Each is a resizable buffer: growing moves nothing and
// shrinking gives pages back at once, so a large table never needs the memory of two.
import { LayerError } from "../layer-error.ts";
import { DIGEST_BYTES } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";

/** Address space for so many rows is reserved; it costs nothing until it is used. */
const MAX_ROWS = 8 * 1024 * 1024;
const FIRST_ROWS = 64;

/** Columns for 64 rows, all zero; see `growColumns`. */
export function createColumns(): EntryColumns {
  return {
    mtimeSec: new Float64Array(reserve(8)),
    size: new Float64Array(reserve(8)),
    offset: new Float64Array(reserve(8)),
    dir: new Uint32Array(reserve(4)),
    base: new Uint32Array(reserve(4)),
    first: new Uint32Array(reserve(4)),
    second: new Uint32Array(reserve(4)),
    attributes: new Uint32Array(reserve(4)),
    mtimeNsec: new Uint32Array(0),
    kind: new Uint8Array(reserve(1)),
    digests: new Uint8Array(0),
  };
}

/** Makes room for a row behind the last. Throws TAR_LIMIT when there are too many. */
export function growColumns(columns: EntryColumns): void {
  const rows = columns.kind.length;
  if (rows >= MAX_ROWS) {
    const message = `Cannot index layer: it has more than ${MAX_ROWS} entries`;
    throw new LayerError("TAR_LIMIT", message, { facts: { limit: MAX_ROWS } });
  }
  const larger = Math.min(MAX_ROWS, rows * 2);
  for (const column of Object.values(columns) as (Uint8Array | Uint32Array | Float64Array)[]) {
    const buffer = column.buffer as ArrayBuffer; // made here, never shared
    if (buffer.resizable) buffer.resize((buffer.byteLength / rows) * larger);
  }
}

/** Makes the column of nanoseconds if it is not there. */
export function addNsecColumn(columns: EntryColumns): void {
  if (columns.mtimeNsec.length === 0) columns.mtimeNsec = new Uint32Array(reserve(4, columns.kind.length));
}

/** Makes the column of digests if it is not there. */
export function addDigestColumn(columns: EntryColumns): void {
  if (columns.digests.length > 0) return;
  columns.digests = new Uint8Array(reserve(DIGEST_BYTES, columns.kind.length));
}

/** Gives a column's memory back at once, not at the next garbage collection. */
export function freeColumn(column: { readonly buffer: ArrayBufferLike }): void {
  if (column.buffer instanceof ArrayBuffer && column.buffer.resizable) column.buffer.resize(0);
}

function reserve(bytesPerRow: number, rows = FIRST_ROWS): ArrayBuffer {
  return new ArrayBuffer(rows * bytesPerRow, { maxByteLength: MAX_ROWS * bytesPerRow });
}
