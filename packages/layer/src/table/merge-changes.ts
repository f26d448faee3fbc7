// What several changes of one layer mean together, in one pass over the sorted rows:
// - whiteouts speak of lower layers only (OCI image spec v1.1.1, layer.md#whiteouts), so their place in the
//   archive does not matter: `remove` and `put` of one path are the put, opaque if it is a folder;
// - of several puts of one path the last wins; a folder that came after a non-folder is opaque;
// - a non-folder drops what was put below it earlier; what is put below it later makes it a folder again
//   (0755, root, opaque), as does anything put below a removed path; whiteouts below either say nothing;
// - what is put below a symbolic link later is where the link leads, inside the root: follow-links.ts.
import { KIND_MASK, OPAQUE_FLAG, RowKind } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";
import { isPut, isSamePath } from "./row-order.ts";

/** The rows to merge. A row's number is its place in the order of adding. */
export interface MergeInput {
  /** All rows in tree order, rows of one path in the order of adding. Overwritten with the result. */
  readonly order: Uint32Array;
  /** The current columns: adding a folder may replace them. */
  columns(): EntryColumns;
  isBelow(folder: number, row: number): boolean;
  /** Adds a folder with the path of `row` and returns its row. */
  addFolder(row: number): number;
}

/** A row that is kept and may have others below it. Used again for another row: a million rows would be garbage. */
interface OpenRow {
  row: number;
  /** Where it stands in the result. */
  at: number;
  /** Whether nothing can be below it as it is. */
  closed: boolean;
  /** The folder part of the row below it that came last: what has the same is below it too. */
  childDir: number;
  /** Puts below it that were added before this row are gone; -1 when there is no such row. */
  replacedAt: number;
}

/** What is left. */
export interface MergeResult {
  /** The rows that remain, in tree order and without duplicates. */
  readonly rows: Uint32Array;
  /** Rows that were left out because they belong where a link of `rows` leads. */
  readonly throughLinks: readonly number[];
}

/** Merges all rows. Sets opaque flags in the columns. */
export function mergeChanges(input: MergeInput): MergeResult {
  const { order } = input;
  // What is kept is never further on than what is read, so one array does for both.
  const result = order;
  const open: OpenRow[] = [];
  let depth = 0;
  const throughLinks: number[] = [];
  let length = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    end = start + 1;
    while (end < order.length && isSamePath(input.columns(), order[start]!, order[end]!)) end++;
    const single = end === start + 1;
    const merged = single ? undefined : mergeOnePath(input.columns().kind, order, start, end);
    const row = merged?.row ?? order[start]!;
    let replacedAt = merged?.replacedAt ?? replacedBy(input.columns().kind, row);
    const dir = input.columns().dir[row]!;
    let parent = open[depth - 1];
    while (parent !== undefined && parent.childDir !== dir && !input.isBelow(parent.row, row)) {
      depth--;
      parent = open[depth - 1];
    }
    const put = isPut(input.columns().kind[row]!);
    if (parent !== undefined) {
      parent.childDir = dir;
      if (put ? row < parent.replacedAt : parent.closed) continue;
      if (parent.closed) {
        if (kindOf(input, parent.row) === RowKind.symlink) {
          throughLinks.push(row);
          continue;
        }
        reopen(input, result, parent);
      }
      replacedAt = Math.max(replacedAt, parent.replacedAt);
    }
    const next = (open[depth] ??= { row: 0, at: 0, closed: false, childDir: -1, replacedAt: -1 });
    next.row = row;
    next.at = length;
    next.closed = isClosed(kindOf(input, row));
    next.childDir = -1;
    next.replacedAt = replacedAt;
    depth++;
    result[length++] = row;
  }
  return { rows: result.subarray(0, length), throughLinks };
}

function kindOf(input: MergeInput, row: number): number {
  return input.columns().kind[row]! & KIND_MASK;
}

/** For the only row of a path: itself when it is a put that is no folder; a lone `clear` gets its flag. */
function replacedBy(kinds: Uint8Array, row: number): number {
  const kind = kinds[row]! & KIND_MASK;
  if (kind === RowKind.clear) kinds[row]! |= OPAQUE_FLAG;
  return isPut(kind) && kind !== RowKind.directory ? row : -1;
}

function mergeOnePath(
  kinds: Uint8Array,
  order: Uint32Array,
  start: number,
  end: number,
): { row: number; replacedAt: number } {
  let put = -1;
  let removed = -1;
  let cleared = -1;
  let replacedAt = -1;
  for (let i = start; i < end; i++) {
    const row = order[i]!;
    const kind = kinds[row]! & KIND_MASK;
    if (kind === RowKind.remove) removed = row;
    else if (kind === RowKind.clear) cleared = row;
    else {
      put = row;
      if (kind !== RowKind.directory) replacedAt = row;
    }
  }
  if (put < 0) {
    const row = removed >= 0 ? removed : cleared;
    if (removed < 0) kinds[row]! |= OPAQUE_FLAG;
    return { row, replacedAt };
  }
  const folder = (kinds[put]! & KIND_MASK) === RowKind.directory;
  if (folder && (removed >= 0 || cleared >= 0 || replacedAt >= 0)) kinds[put]! |= OPAQUE_FLAG;
  return { row: put, replacedAt };
}

function reopen(input: MergeInput, result: Uint32Array, parent: OpenRow): void {
  const folder = input.addFolder(parent.row);
  input.columns().kind[folder]! |= OPAQUE_FLAG;
  result[parent.at] = folder;
  parent.closed = false;
}

function isClosed(kind: number): boolean {
  return kind !== RowKind.directory && kind !== RowKind.clear;
}
