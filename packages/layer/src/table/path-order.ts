// Tree order: paths compared byte by byte with "/" below every other byte, so that a folder is directly
// followed by everything below it ("a", "a/b", "a-b"). Unsigned bytes, not UTF-16 units: they differ.
import type { Buffer } from "node:buffer";
import { encodeName } from "../name.ts";

const SLASH = 0x2f;

/** A stretch of a byte pool that holds one path in two parts; `dirStart === dirEnd` means no folder part. */
export interface SplitPath {
  readonly dirStart: number;
  readonly dirEnd: number;
  readonly baseStart: number;
  readonly baseEnd: number;
}

/** Compares two paths in tree order: negative, 0 or positive, as for Array.sort. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const left = encodeName(a);
  const right = encodeName(b);
  return compareSplitPaths(left, wholePath(left), right, wholePath(right));
}

/** A whole path in bytes of its own, to be compared with paths in two parts. */
export function wholePath(bytes: Buffer): SplitPath {
  return { dirStart: 0, dirEnd: 0, baseStart: 0, baseEnd: bytes.length };
}

/** Compares two paths that are each in two parts, without putting them together. */
export function compareSplitPaths(poolA: Buffer, a: SplitPath, poolB: Buffer, b: SplitPath): number {
  let atA = a.dirStart;
  let atB = b.dirStart;
  let endA = a.dirEnd;
  let endB = b.dirEnd;
  let inBaseA = atA === endA;
  let inBaseB = atB === endB;
  if (inBaseA) [atA, endA] = [a.baseStart, a.baseEnd];
  if (inBaseB) [atB, endB] = [b.baseStart, b.baseEnd];
  for (;;) {
    // -1: at the end, 0: a slash, else the byte.
    let byteA: number;
    let byteB: number;
    if (atA < endA) byteA = poolA[atA++]!;
    else if (inBaseA) byteA = -1;
    else {
      byteA = SLASH;
      inBaseA = true;
      [atA, endA] = [a.baseStart, a.baseEnd];
    }
    if (atB < endB) byteB = poolB[atB++]!;
    else if (inBaseB) byteB = -1;
    else {
      byteB = SLASH;
      inBaseB = true;
      [atB, endB] = [b.baseStart, b.baseEnd];
    }
    if (byteA !== byteB) return (byteA === SLASH ? 0 : byteA) - (byteB === SLASH ? 0 : byteB);
    if (byteA < 0) return 0;
  }
}

/** As for Array.sort, of row numbers. */
export type CompareRows = (a: number, b: number) => number;

/**
 * Row numbers 0..length-1, stably sorted by `compare`; linear when they are in order already. Otherwise
 * `prepare` is called once, and may give a faster way to compare.
 */
export function sortRows(length: number, compare: CompareRows, prepare = () => compare): Uint32Array {
  let from = new Uint32Array(length);
  for (let i = 0; i < length; i++) from[i] = i;
  let runs = findRuns(from, compare);
  if (runs.length <= 2) return from;
  const compareFast = prepare();
  let to = new Uint32Array(length);
  while (runs.length > 2) {
    const merged = [0];
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const middle = runs[i + 1]!;
      const end = runs[i + 2] ?? middle;
      mergeRuns(from, to, runs[i]!, middle, end, compareFast);
      merged.push(end);
    }
    [from, to] = [to, from];
    runs = merged;
  }
  // A million rows are 4 MB: given back now, not at the next garbage collection.
  to.buffer.transfer(0);
  return from;
}

/** The starts of ascending stretches, and the length at the end. */
function findRuns(rows: Uint32Array, compare: CompareRows): number[] {
  const runs = [0];
  for (let i = 1; i < rows.length; i++) if (compare(i - 1, i) > 0) runs.push(i);
  if (rows.length > 0) runs.push(rows.length);
  return runs;
}

function mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  compare: CompareRows,
): void {
  let left = start;
  let right = middle;
  for (let out = start; out < end; out++) {
    const takeLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0);
    to[out] = takeLeft ? from[left++]! : from[right++]!;
  }
}
