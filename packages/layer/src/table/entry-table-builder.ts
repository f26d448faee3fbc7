// Collects the changes of one layer, in any order, in growing columns: no object per entry is kept.
// What contradicting changes mean is decided in merge-changes.ts.
import { parseDigest } from "@tsbuild/oci";
import type { Digest } from "@tsbuild/oci";
import type { Attributes, Change, Entry } from "../entry.ts";
import { encodeName } from "../name.ts";
import { OPAQUE_FLAG, RowKind } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";
import { writeEntry } from "./entry-row.ts";
import { EntryTable } from "./entry-table.ts";
import { LinkFollower } from "./follow-links.ts";
import { freezeTable } from "./freeze-table.ts";
import { copyRows } from "./copy-rows.ts";
import type { RowCopy } from "./copy-rows.ts";
import { createColumns, growColumns } from "./growing-columns.ts";
import { mergeChanges } from "./merge-changes.ts";
import { NamePool } from "./name-pool.ts";
import { packAttributes } from "./packed-values.ts";
import { PathInterner } from "./path-interner.ts";
import { SharedInterner } from "./shared-interner.ts";
import { sortRows } from "./path-order.ts";
import { RowLookup } from "./row-lookup.ts";
import { comparePool, isBelow } from "./row-order.ts";
import type { Names } from "./row-order.ts";

/** Stands for the layer that is being read, whose digest is not known yet: see `finish`. */
export const THIS_LAYER = parseDigest(`sha256:${"0".repeat(64)}`);

/**
 * Makes an EntryTable from changes in any order. The changes are those of ONE layer: `remove` and `clear`
 * speak only of lower layers, wherever they stand; of several `put`s of one path the last wins.
 */
export class EntryTableBuilder {
  #columns: EntryColumns = createColumns();
  #names = new NamePool();
  #paths = new PathInterner(this.#names);
  #shared = new SharedInterner(this.#names);
  #length = 0;

  /** How many changes were added. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a change; nothing of it is kept by reference.
   * Throws a TypeError for a path that is not canonical (absolute, "..", "//", a slash at the end, NUL)
   * and a RangeError for a number that does not fit its column.
   */
  add(change: Change): void {
    if (change.kind === "remove" && change.path === "") throw new TypeError("Cannot remove the root");
    const row = this.#addPath(change.kind === "put" ? change.entry.path : change.path);
    switch (change.kind) {
      case "put":
        this.#writeEntry(row, change.entry);
        break;
      case "remove":
        this.#columns.kind[row] = RowKind.remove;
        break;
      case "clear":
        this.#columns.kind[row] = RowKind.clear;
        break;
    }
    this.#length++;
  }

  /** Adds rows of another table, changed as `copy` says. Much faster than `add` for each; see RowCopy for its limits. */
  addRows(table: EntryTable, copy: RowCopy): void {
    const addRow = (): number => {
      this.#reserve();
      return this.#length++;
    };
    copyRows({ names: this.#names, columns: () => this.#columns, addRow }, table.block, copy);
  }

  /**
   * The table of everything that was added; the builder is empty afterwards. With `thisLayer`, slices of
   * THIS_LAYER become slices of that layer: its digest is known only when all of it has been read.
   * Throws TAR_CORRUPT when entries lie below symbolic links that lead in circles.
   */
  finish(options: { thisLayer?: Digest } = {}): EntryTable {
    const rows = this.#merge();
    if (options.thisLayer !== undefined) {
      this.#names.replace(this.#names.intern(THIS_LAYER), encodeName(options.thisLayer));
    }
    const columns = this.#columns;
    const names = this.#names;
    this.#columns = createColumns();
    this.#names = new NamePool();
    this.#paths = new PathInterner(this.#names);
    this.#shared = new SharedInterner(this.#names);
    this.#length = 0;
    return EntryTable.fromBlock(freezeTable(columns, names, rows));
  }

  #merge(): Uint32Array {
    const added = this.#length;
    const follower = new LinkFollower();
    for (;;) {
      const { rows, throughLinks } = mergeChanges({
        order: this.#sort(added),
        columns: () => this.#columns,
        isBelow: (folder, row) => isBelow(this.#columns, this.#names, folder, row),
        addFolder: (row) => this.#addImpliedFolder(row),
      });
      if (throughLinks.length === 0) return rows;
      const moves = follower.follow(new RowLookup(this.#columns, this.#names, rows), throughLinks);
      for (const { row, dir } of moves) this.#columns.dir[row] = this.#names.intern(dir);
      // Everything is decided anew with the new paths.
      this.#length = added;
      for (let row = 0; row < added; row++) this.#columns.kind[row]! &= ~OPAQUE_FLAG;
    }
  }

  #sort(rows: number): Uint32Array {
    const columns = this.#columns;
    const compareIn = (names: Names) => (a: number, b: number) => comparePool(columns, names, a, b);
    let copy: ReturnType<NamePool["flatCopy"]> | undefined;
    const order = sortRows(rows, compareIn(this.#names), () => compareIn((copy = this.#names.flatCopy())));
    copy?.free();
    return order;
  }

  /** A plain folder with the path of `row`, opaque; returns its row. */
  #addImpliedFolder(row: number): number {
    this.#reserve();
    const folder = this.#length++;
    this.#columns.dir[folder] = this.#columns.dir[row]!;
    this.#columns.base[folder] = this.#columns.base[row]!;
    this.#columns.attributes[folder] = this.#names.internBytes(
      packAttributes({ mode: 0o755, uid: 0, gid: 0 }),
    );
    this.#columns.kind[folder] = RowKind.directory;
    return folder;
  }

  #addPath(path: string): number {
    this.#paths.intern(path);
    this.#reserve();
    const row = this.#length;
    this.#columns.dir[row] = this.#paths.dir;
    this.#columns.base[row] = this.#paths.base;
    return row;
  }

  #writeEntry(row: number, entry: Entry): void {
    checkNumbers(entry);
    writeEntry(this.#columns, row, entry, this.#names, this.#paths, this.#shared);
  }

  #reserve(): void {
    if (this.#length < this.#columns.kind.length) return;
    growColumns(this.#columns);
  }
}

/** Typed arrays wrap numbers silently: 4294967296 would become root (CVE-2024-40635). */
function checkNumbers(entry: Entry): void {
  const attributes: Attributes = entry;
  check(entry.path, "mode", attributes.mode, 0, 0o7777);
  check(entry.path, "uid", attributes.uid, 0, 0xffffffff);
  check(entry.path, "gid", attributes.gid, 0, 0xffffffff);
  check(entry.path, "mtimeSec", attributes.mtimeSec, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  check(entry.path, "mtimeNsec", attributes.mtimeNsec, 0, 999_999_999);
  if (entry.kind === "file") {
    check(entry.path, "size", entry.size, 0, Number.MAX_SAFE_INTEGER);
    if (entry.content.kind === "bytes") return;
    check(entry.path, "content.offset", entry.content.offset ?? 0, 0, Number.MAX_SAFE_INTEGER);
  } else if (entry.kind === "device") {
    check(entry.path, "major", entry.major, 0, 0xffffffff);
    check(entry.path, "minor", entry.minor, 0, 0xffffffff);
  }
}

function check(path: string, field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot add ${JSON.stringify(path)} to an entry table: ${field} is ${value}, not in ${min}..${max}`,
  );
}
