// The index of a layer: what it says about each path, in one immutable block of memory that is sorted in
// tree order and decoded on demand. A million entries as objects in a Map would cost 400 MB.
import { Buffer } from "node:buffer";
import type { Change } from "../entry.ts";
import { decodeName, encodeName } from "../name.ts";
import { KIND_MASK, OPAQUE_FLAG } from "./entry-columns.ts";
import type { TableBlock } from "./entry-columns.ts";
import { readChange } from "./entry-row.ts";
import type { RowSource } from "./entry-row.ts";
import { unpackAttributes } from "./packed-values.ts";
import type { SharedAttributes } from "./packed-values.ts";
import { compareSplitPaths, wholePath } from "./path-order.ts";
import { splitPathAt } from "./split-path-at.ts";
import { openBlock, sealBlock, viewFile } from "./table-file.ts";

/** What a row says; `clear` only where the table has no entry for the folder itself. */
export type EntryKind =
  | "file"
  | "directory"
  | "symlink"
  | "hardlink"
  | "device"
  | "fifo"
  | "remove"
  | "clear";

/** A table in shared memory, to be posted to a worker without a copy: see `EntryTable.fromParts`. */
export interface TransferableParts {
  readonly buffer: SharedArrayBuffer;
}

const KINDS: readonly EntryKind[] = [
  "file",
  "file",
  "file",
  "directory",
  "symlink",
  "hardlink",
  "device",
  "device",
  "fifo",
  "remove",
  "clear",
];

/**
 * The changes of one layer. Rows 0..length-1 are in tree order, one per path: a folder is directly followed
 * by everything below it. A folder that has an entry and is cleared is one row: see `isOpaque`.
 */
export class EntryTable {
  /** How many rows there are. */
  readonly length: number;
  readonly #block: TableBlock;
  // Neighbours share their folder and most attributes: what was decoded last is kept.
  #dirId = 0;
  #dirText = "";
  #attributesId = 0;
  #lastAttributes: SharedAttributes = { mode: 0, uid: 0, gid: 0 };

  /** Made once: `at` is asked for every row of big tables. */
  readonly #source: RowSource;

  private constructor(block: TableBlock) {
    this.#block = block;
    this.length = block.shape.rows;
    this.#source = {
      columns: block.columns,
      pathAt: (row) => this.pathAt(row),
      nameBytes: (id) => this.#nameBytes(id),
      attributes: (id) => this.#attributes(id),
      joinPath: (dir, base) => this.#joinPath(dir, base),
    };
  }

  /** For EntryTableBuilder. */
  static fromBlock(block: TableBlock): EntryTable {
    sealBlock(block);
    return new EntryTable(block);
  }

  /**
   * The table in a file's bytes; they are used in place when they lie at a multiple of 8 in their buffer,
   * and must not be changed afterwards. Throws INDEX_CORRUPT for anything but a whole, sound table.
   */
  static fromBytes(bytes: Uint8Array): EntryTable {
    return new EntryTable(openBlock(bytes));
  }

  /** The table that another thread sent. */
  static fromParts(parts: TransferableParts): EntryTable {
    return new EntryTable(viewFile(new Uint8Array(parts.buffer)));
  }

  /** The table as a file: a view of its memory, not a copy. Equal tables give equal bytes. */
  toBytes(): Uint8Array {
    return this.#block.bytes;
  }

  /** The table for another thread; shared, and copied first only when it was read from a file. */
  parts(): TransferableParts {
    const { bytes } = this.#block;
    if (bytes.buffer instanceof SharedArrayBuffer && bytes.length === bytes.buffer.byteLength) {
      return { buffer: bytes.buffer };
    }
    const buffer = new SharedArrayBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return { buffer };
  }

  /** For EntryTableBuilder, which copies whole columns. */
  get block(): TableBlock {
    return this.#block;
  }

  /** What a row says. A folder that is also cleared comes back as its `put`. */
  at(row: number): Change {
    this.#check(row);
    return readChange(this.#source, row);
  }

  /** Everything that the layer says, in tree order; a folder's `clear` comes right after its `put`. */
  *changes(): IterableIterator<Change> {
    for (let row = 0; row < this.length; row++) {
      const change = this.at(row);
      yield change;
      if (change.kind === "put" && this.isOpaque(row)) yield { kind: "clear", path: change.entry.path };
    }
  }

  /** The path of a row. */
  pathAt(row: number): string {
    this.#check(row);
    return this.#joinPath(this.#block.columns.dir[row]!, this.#block.columns.base[row]!);
  }

  /** What a row is. */
  kindAt(row: number): EntryKind {
    this.#check(row);
    return KINDS[this.#block.columns.kind[row]! & KIND_MASK]!;
  }

  /** The size in bytes of a row that is a file, else 0. */
  sizeAt(row: number): number {
    this.#check(row);
    return this.#block.columns.size[row]!;
  }

  /** The permission bits of a row that is an entry, else 0. */
  modeAt(row: number): number {
    this.#check(row);
    const id = this.#block.columns.attributes[row]!;
    return id === 0 ? 0 : this.#attributes(id).mode;
  }

  /** Whether the row's folder hides what lower layers have below it. */
  isOpaque(row: number): boolean {
    this.#check(row);
    return (this.#block.columns.kind[row]! & OPAQUE_FLAG) !== 0;
  }

  /** The row of exactly this path, or -1. */
  find(path: string): number {
    const bytes = encodeName(path);
    const row = this.#lowerBound(bytes);
    if (row === this.length) return -1;
    const found = splitPathAt(this.#block, row);
    return compareSplitPaths(this.#block.names, found, bytes, wholePath(bytes)) === 0 ? row : -1;
  }

  /** The rows of `path` itself and of everything below it: start <= row < end. */
  subtree(path: string): { start: number; end: number } {
    if (path === "") return { start: 0, end: this.length };
    const bytes = encodeName(path);
    const start = this.#lowerBound(bytes);
    return { start, end: this.#endOfSubtree(bytes, start) };
  }

  /** The rows directly below `path`, which need not have a row itself. */
  *children(path: string): IterableIterator<number> {
    for (const { row } of this.childNames(path)) if (row >= 0) yield row;
  }

  /** The names directly below `path`, in order; `row` is -1 where only something further below has a row. */
  *childNames(path: string): IterableIterator<{ name: string; row: number }> {
    const prefix = path === "" ? "" : `${path}/`;
    const { start, end } = this.subtree(path);
    let row = start < end && this.pathAt(start) === path ? start + 1 : start;
    while (row < end) {
      const below = this.pathAt(row).slice(prefix.length);
      const slash = below.indexOf("/");
      const name = slash < 0 ? below : below.slice(0, slash);
      yield { name, row: slash < 0 ? row : -1 };
      row = this.#endOfSubtree(encodeName(prefix + name), row);
    }
  }

  #check(row: number): void {
    if (!(row >= 0 && row < this.length)) throw new RangeError(`Cannot read row ${row} of ${this.length}`);
  }

  #nameBytes(id: number): Buffer {
    const { names, nameEnds } = this.#block;
    return names.subarray(id === 0 ? 0 : nameEnds[id - 1]!, nameEnds[id]);
  }

  #attributes(id: number): SharedAttributes {
    if (id !== this.#attributesId) {
      // A table that was read was checked, and one that was built needs no check.
      this.#lastAttributes = unpackAttributes(this.#nameBytes(id))!;
      this.#attributesId = id;
    }
    return this.#lastAttributes;
  }

  #joinPath(dir: number, base: number): string {
    if (dir !== this.#dirId) {
      this.#dirText = decodeName(this.#nameBytes(dir));
      this.#dirId = dir;
    }
    const name = decodeName(this.#nameBytes(base));
    return dir === 0 ? name : `${this.#dirText}/${name}`;
  }

  /** The first row that is not before `path`. */
  #lowerBound(path: Buffer, from = 0): number {
    const { names } = this.#block;
    const wanted = wholePath(path);
    let low = from;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareSplitPaths(names, splitPathAt(this.#block, middle), path, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first row from `start` on that is not `path` or below it. */
  #endOfSubtree(path: Buffer, start: number): number {
    // Nothing sorts between "path/…" and "path\x01", since no name has a NUL: 1 is the lowest byte after "/".
    return this.#lowerBound(Buffer.concat([path, Buffer.from([1])]), start);
  }
}
