// Order and containment of rows while a table is being built, when their names lie in a growing pool.
import { Buffer } from "node:buffer";
import { KIND_MASK, RowKind } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";
import { compareSplitPaths, wholePath } from "./path-order.ts";
import type { SplitPath } from "./path-order.ts";

const SLASH = 0x2f;

/** Names by id, as a NamePool has them. */
export interface Names {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
}

/** Compares the paths of two rows in tree order. */
export function comparePool(columns: EntryColumns, names: Names, a: number, b: number): number {
  const dirA = columns.dir[a]!;
  const dirB = columns.dir[b]!;
  const baseA = columns.base[a]!;
  const baseB = columns.base[b]!;
  const { bytes, ends } = names;
  if (dirA === dirB) {
    if (baseA === baseB) return 0;
    // Both are the last part of a path: no slash in them, and the plain order of bytes is the tree's.
    return bytes.compare(bytes, startOf(ends, baseB), ends[baseB], startOf(ends, baseA), ends[baseA]);
  }
  return compareSplitPaths(bytes, splitPath(ends, dirA, baseA), bytes, splitPath(ends, dirB, baseB));
}

/** Whether two rows have one path: names are kept once, and a path is always split at its last slash. */
export function isSamePath(columns: EntryColumns, a: number, b: number): boolean {
  return columns.dir[a] === columns.dir[b] && columns.base[a] === columns.base[b];
}

/** Whether `row` lies anywhere below the path of `folder`. */
export function isBelow(columns: EntryColumns, names: Names, folder: number, row: number): boolean {
  const { bytes, ends } = names;
  const outerDir = columns.dir[folder]!;
  const outerBase = columns.base[folder]!;
  if (outerBase === 0) return columns.base[row] !== 0;
  // Siblings, the common case: names are kept once, so the folder part of what is below is another one.
  if (outerDir === columns.dir[row]) return false;
  let at = startOf(ends, columns.dir[row]!);
  const end = ends[columns.dir[row]!]!;
  if (outerDir !== 0) {
    const next = at + ends[outerDir]! - startOf(ends, outerDir);
    if (next >= end || bytes[next] !== SLASH) return false;
    if (bytes.compare(bytes, startOf(ends, outerDir), ends[outerDir], at, next) !== 0) return false;
    at = next + 1;
  }
  const next = at + ends[outerBase]! - startOf(ends, outerBase);
  if (next > end || (next < end && bytes[next] !== SLASH)) return false;
  return bytes.compare(bytes, startOf(ends, outerBase), ends[outerBase], at, next) === 0;
}

/** Whether a row is an entry, not a whiteout. */
export function isPut(kind: number): boolean {
  return (kind & KIND_MASK) < RowKind.remove;
}

/** The whole path of a row, in bytes. */
export function rowPath(columns: EntryColumns, names: Names, row: number): Buffer {
  const path = splitPath(names.ends, columns.dir[row]!, columns.base[row]!);
  const dir = names.bytes.subarray(path.dirStart, path.dirEnd);
  const base = names.bytes.subarray(path.baseStart, path.baseEnd);
  return Buffer.concat(dir.length === 0 ? [base] : [dir, Buffer.from("/"), base]);
}

/** Compares the path of a row with a path in bytes. */
export function compareRowWithBytes(columns: EntryColumns, names: Names, row: number, path: Buffer): number {
  const own = splitPath(names.ends, columns.dir[row]!, columns.base[row]!);
  return compareSplitPaths(names.bytes, own, path, wholePath(path));
}

function startOf(ends: Uint32Array, id: number): number {
  return id === 0 ? 0 : ends[id - 1]!;
}

function splitPath(ends: Uint32Array, dir: number, base: number): SplitPath {
  return {
    dirStart: startOf(ends, dir),
    dirEnd: ends[dir]!,
    baseStart: startOf(ends, base),
    baseEnd: ends[base]!,
  };
}
