// Growing columns → one block of memory, rows in tree order, names numbered in the order of their first
// use: equal tables are equal bytes, whatever order their changes came in.
import { blockLength, DIGEST_BYTES, DIGEST_FLAG, nameReferences, viewBlock } from "./entry-columns.ts";
import type { EntryColumns, TableBlock } from "./entry-columns.ts";
import { freeColumn } from "./growing-columns.ts";
import type { NamePool } from "./name-pool.ts";

const NUMBER_COLUMNS = [
  "mtimeSec",
  "size",
  "offset",
  "dir",
  "base",
  "first",
  "second",
  "attributes",
  "kind",
] as const;

/**
 * Lays the rows of `order` out as a block; the header is left to sealBlock. Takes `columns` and `pool` apart
 * as it goes, so that the table never exists twice.
 */
export function freezeTable(columns: EntryColumns, pool: NamePool, order: Uint32Array): TableBlock {
  const rows = order.length;
  pool.dropSlots();
  const { ids, used, nameBytes } = numberNames(columns, pool, order);
  const shape = {
    rows,
    names: used.length,
    nameBytes,
    hasNsec: order.some((row) => (columns.mtimeNsec[row] ?? 0) !== 0),
    hasDigests: order.some((row) => (columns.kind[row]! & DIGEST_FLAG) !== 0),
  };
  // Shared, so that a worker sees the same memory; pages count only once they are written.
  const block = viewBlock(new SharedArrayBuffer(blockLength(shape)), 0, shape);
  copyNames(block, pool, used);
  pool.dropBytes();
  const target = block.columns;
  for (let i = 0; i < rows; i++) {
    const row = order[i]!;
    const references = nameReferences(columns.kind[row]!);
    if ((references & 1) !== 0) columns.first[row] = ids[columns.first[row]!]!;
    if ((references & 2) !== 0) columns.second[row] = ids[columns.second[row]!]!;
    columns.dir[row] = ids[columns.dir[row]!]!;
    columns.base[row] = ids[columns.base[row]!]!;
    columns.attributes[row] = ids[columns.attributes[row]!]!;
    if (shape.hasNsec) target.mtimeNsec[i] = columns.mtimeNsec[row]!;
  }
  if (shape.hasDigests) {
    for (let i = 0; i < rows; i++) {
      const from = order[i]! * DIGEST_BYTES;
      target.digests.set(columns.digests.subarray(from, from + DIGEST_BYTES), i * DIGEST_BYTES);
    }
  }
  for (const name of NUMBER_COLUMNS) {
    const from = columns[name];
    const to = target[name];
    for (let i = 0; i < rows; i++) to[i] = from[order[i]!]!;
    freeColumn(from);
  }
  return block;
}

/** New ids by first use; `used` lists the old ids in the order of the new. */
function numberNames(
  columns: EntryColumns,
  pool: NamePool,
  order: Uint32Array,
): { ids: Uint32Array; used: Uint32Array; nameBytes: number } {
  const ids = new Uint32Array(pool.length);
  const used = new Uint32Array(pool.length);
  // Id 0, the empty string, stays.
  let count = 1;
  let nameBytes = 0;
  const use = (id: number): void => {
    if (id === 0 || ids[id] !== 0) return;
    ids[id] = count;
    used[count++] = id;
    nameBytes += pool.ends[id]! - pool.ends[id - 1]!;
  };
  for (const row of order) {
    const references = nameReferences(columns.kind[row]!);
    use(columns.dir[row]!);
    use(columns.base[row]!);
    if ((references & 1) !== 0) use(columns.first[row]!);
    if ((references & 2) !== 0) use(columns.second[row]!);
    use(columns.attributes[row]!);
  }
  return { ids, used: used.subarray(0, count), nameBytes };
}

function copyNames(block: TableBlock, pool: NamePool, used: Uint32Array): void {
  let at = 0;
  for (let i = 1; i < used.length; i++) {
    const id = used[i]!;
    at += pool.bytes.copy(block.names, at, pool.ends[id - 1], pool.ends[id]);
    block.nameEnds[i] = at;
  }
}
