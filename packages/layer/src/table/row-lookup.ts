// Paths of rows while a table is being built.
import { decodeName, encodeName } from "../name.ts";
import { KIND_MASK, RowKind } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";
import type { NamePool } from "./name-pool.ts";
import { compareRowWithBytes, rowPath } from "./row-order.ts";

/** Finds rows by path among `rows`, which are in tree order. */
export class RowLookup {
  readonly #columns: EntryColumns;
  readonly #names: NamePool;
  readonly #rows: Uint32Array;

  constructor(columns: EntryColumns, names: NamePool, rows: Uint32Array) {
    this.#columns = columns;
    this.#names = names;
    this.#rows = rows;
  }

  /** The path of any row. */
  pathOf(row: number): string {
    return decodeName(rowPath(this.#columns, this.#names, row));
  }

  /** The target of the symbolic link at this path; undefined when there is none. */
  linkAt(path: string): string | undefined {
    const bytes = encodeName(path);
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareRowWithBytes(this.#columns, this.#names, this.#rows[middle]!, bytes) < 0) low = middle + 1;
      else high = middle;
    }
    const row = this.#rows[low];
    if (row === undefined || compareRowWithBytes(this.#columns, this.#names, row, bytes) !== 0)
      return undefined;
    if ((this.#columns.kind[row]! & KIND_MASK) !== RowKind.symlink) return undefined;
    const { bytes: names, ends } = this.#names;
    const target = this.#columns.first[row]!;
    return decodeName(names.subarray(target === 0 ? 0 : ends[target - 1]!, ends[target]));
  }
}
