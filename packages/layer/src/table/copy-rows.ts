// Rows of one table → rows of another that is being built, column by column: a large copy moves tens of thousands of
// rows that differ in nothing but their folder, and an object for each would cost ten times as much.
import type { Digest } from "@tsbuild/oci";
import { decodeName } from "../name.ts";
import { DIGEST_BYTES, DIGEST_FLAG, KIND_MASK, OPAQUE_FLAG, RowKind } from "./entry-columns.ts";
import type { EntryColumns, TableBlock } from "./entry-columns.ts";
import { addDigestColumn, addNsecColumn } from "./growing-columns.ts";
import type { NamePool } from "./name-pool.ts";
import { packAttributes, unpackAttributes } from "./packed-values.ts";
import type { SharedAttributes } from "./packed-values.ts";

/** What is asked of the attributes of each kind of entry. */
export type AttributesOf = "directory" | "symlink" | "other";

/** Which rows, and what becomes of them. Functions are asked once for each value, not for each row. */
export interface RowCopy {
  /** From `start`, before `end`; default all. */
  readonly start?: number;
  readonly end?: number;
  /** The new path of a folder that rows are in. Hard links' targets are not changed. */
  readonly folder?: (path: string) => string;
  readonly attributes?: (attributes: SharedAttributes, of: AttributesOf) => SharedAttributes;
  /** Times become whole seconds. */
  readonly dropNanoseconds?: boolean;
  /** All times become this one. */
  readonly fixedMtimeSec?: number | undefined;
  /** Later times become this one. */
  readonly clampMtimeSec?: number | undefined;
  /** Where all files' bytes are from now on; without it, where they were. */
  readonly content?: RowContent;
  /** Content digests by row of the source, 32 bytes each, where `known` is 1; others stay as they are. */
  readonly digests?: { readonly bytes: Uint8Array; readonly known: Uint8Array };
}

export type RowContent =
  /** In files on disk, named like the rows, in the folder that is given for the folder of a row. */
  | { readonly kind: "disk"; readonly folder: (path: string) => string }
  /** In the tar of `layer`, at the offset of each row of the source. */
  | { readonly kind: "slice"; readonly layer: Digest; readonly offsets: Float64Array };

/** What rows are copied into. */
export interface RowTarget {
  readonly names: NamePool;
  /** The columns now: a new row may have replaced them. */
  columns(): EntryColumns;
  /** A new row behind the last. */
  addRow(): number;
}

/** Copies rows. Paths must stay canonical and attributes in their limits: they are not checked again. */
export function copyRows(target: RowTarget, source: TableBlock, o: RowCopy): void {
  const ids = new NameMap(source, target.names, o);
  const from = source.columns;
  for (let row = o.start ?? 0, end = o.end ?? source.shape.rows; row < end; row++) {
    const to = target.addRow();
    const columns = target.columns();
    const flags = from.kind[row]!;
    const kind = flags & KIND_MASK;
    columns.kind[to] = kind | (flags & OPAQUE_FLAG);
    columns.dir[to] = ids.folder(from.dir[row]!);
    columns.base[to] = ids.name(from.base[row]!);
    if (kind === RowKind.remove || kind === RowKind.clear) continue;
    columns.attributes[to] = ids.attributes(from.attributes[row]!, kind);
    const late = o.clampMtimeSec !== undefined && from.mtimeSec[row]! >= o.clampMtimeSec;
    columns.mtimeSec[to] = o.fixedMtimeSec ?? (late ? o.clampMtimeSec : from.mtimeSec[row]!);
    const nsec =
      late || o.dropNanoseconds === true || o.fixedMtimeSec !== undefined ? 0 : (from.mtimeNsec[row] ?? 0);
    if (nsec !== 0) {
      addNsecColumn(columns);
      columns.mtimeNsec[to] = nsec;
    }
    if (kind <= RowKind.bytesFile) copyFile(columns, to, source, row, ids, o);
    else copyReferences(columns, to, from, row, kind, ids);
  }
}

function copyFile(
  columns: EntryColumns,
  to: number,
  source: TableBlock,
  row: number,
  ids: NameMap,
  { content, digests }: RowCopy,
): void {
  const from = source.columns;
  columns.size[to] = from.size[row]!;
  switch (content?.kind) {
    case undefined: {
      const kind = from.kind[row]! & KIND_MASK;
      columns.first[to] = ids.name(from.first[row]!);
      if (kind !== RowKind.bytesFile) columns.second[to] = ids.name(from.second[row]!);
      columns.offset[to] = from.offset[row]!;
      break;
    }
    case "disk":
      columns.kind[to] = RowKind.diskFile;
      columns.first[to] = ids.contentFolder(from.dir[row]!);
      columns.second[to] = ids.name(from.base[row]!);
      break;
    case "slice":
      columns.kind[to] = RowKind.sliceFile;
      columns.first[to] = ids.layer(content.layer);
      columns.offset[to] = content.offsets[row]!;
      break;
  }
  const at = row * DIGEST_BYTES;
  const bytes =
    digests?.known[row] === 1
      ? digests.bytes
      : (from.kind[row]! & DIGEST_FLAG) !== 0
        ? from.digests
        : undefined;
  if (bytes === undefined) return;
  addDigestColumn(columns);
  columns.digests.set(bytes.subarray(at, at + DIGEST_BYTES), to * DIGEST_BYTES);
  columns.kind[to]! |= DIGEST_FLAG;
}

function copyReferences(
  columns: EntryColumns,
  to: number,
  from: EntryColumns,
  row: number,
  kind: number,
  ids: NameMap,
): void {
  const [first, second] = [from.first[row]!, from.second[row]!];
  if (kind === RowKind.symlink) {
    columns.first[to] = ids.name(first);
  } else if (kind === RowKind.hardlink) {
    columns.first[to] = ids.name(first);
    columns.second[to] = ids.name(second);
  } else {
    columns.first[to] = first;
    columns.second[to] = second;
  }
}

/** Ids of names in the source → ids in the pool, each found out once. */
class NameMap {
  readonly #source: TableBlock;
  readonly #names: NamePool;
  readonly #copy: RowCopy;
  /** One more than the id; 0 where it is not known yet. */
  readonly #known: Uint32Array;
  readonly #folders = new Map<number, number>();
  readonly #contentFolders = new Map<number, number>();
  readonly #attributes = new Map<number, number>();
  #layer = -1;

  constructor(source: TableBlock, names: NamePool, copy: RowCopy) {
    this.#source = source;
    this.#names = names;
    this.#copy = copy;
    this.#known = new Uint32Array(source.shape.names);
  }

  name(id: number): number {
    const known = this.#known[id]!;
    if (known !== 0) return known - 1;
    const copied = this.#names.internBytes(this.#bytes(id));
    this.#known[id] = copied + 1;
    return copied;
  }

  folder(id: number): number {
    const { folder } = this.#copy;
    if (folder === undefined) return this.name(id);
    return remember(this.#folders, id, () => this.#names.intern(folder(this.#text(id))));
  }

  contentFolder(id: number): number {
    const { content } = this.#copy;
    return remember(this.#contentFolders, id, () =>
      this.#names.intern(content?.kind === "disk" ? content.folder(this.#text(id)) : ""),
    );
  }

  attributes(id: number, kind: number): number {
    const change = this.#copy.attributes;
    if (change === undefined) return this.name(id);
    const of = kind === RowKind.directory ? 0 : kind === RowKind.symlink ? 1 : 2;
    return remember(this.#attributes, id * 3 + of, () => {
      // A table that was read was checked, and one that was built needs no check.
      const attributes = unpackAttributes(this.#bytes(id))!;
      const kinds = ["directory", "symlink", "other"] as const;
      return this.#names.internBytes(packAttributes(change(attributes, kinds[of])));
    });
  }

  layer(digest: Digest): number {
    if (this.#layer === -1) this.#layer = this.#names.intern(digest);
    return this.#layer;
  }

  #text(id: number): string {
    return decodeName(this.#bytes(id));
  }

  #bytes(id: number): Buffer {
    const { names, nameEnds } = this.#source;
    return names.subarray(id === 0 ? 0 : nameEnds[id - 1]!, nameEnds[id]);
  }
}

function remember(known: Map<number, number>, id: number, make: () => number): number {
  let value = known.get(id);
  if (value === undefined) {
    value = make();
    known.set(id, value);
  }
  return value;
}
