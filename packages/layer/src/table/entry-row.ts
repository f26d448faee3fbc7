// One row ⇄ one Change. Rows are written into a builder's columns and read from a finished table.
import { Buffer } from "node:buffer";
import { digestHex, parseDigest } from "@tsbuild/oci";
import type { Digest } from "@tsbuild/oci";
import type { Change, Content, Entry } from "../entry.ts";
import { decodeName } from "../name.ts";
import { DIGEST_BYTES, DIGEST_FLAG, KIND_MASK, RowKind } from "./entry-columns.ts";
import type { EntryColumns } from "./entry-columns.ts";
import { addDigestColumn, addNsecColumn } from "./growing-columns.ts";
import type { NamePool } from "./name-pool.ts";
import type { PathInterner } from "./path-interner.ts";
import type { SharedInterner } from "./shared-interner.ts";
import { packSparse, unpackSparse } from "./packed-values.ts";
import type { SharedAttributes } from "./packed-values.ts";

/** Writes everything of an entry but its path into `row`. */
export function writeEntry(
  columns: EntryColumns,
  row: number,
  entry: Entry,
  names: NamePool,
  paths: PathInterner,
  shared: SharedInterner,
): void {
  columns.attributes[row] = shared.internAttributes(entry);
  columns.mtimeSec[row] = entry.mtimeSec;
  if (entry.mtimeNsec !== 0) {
    addNsecColumn(columns);
    columns.mtimeNsec[row] = entry.mtimeNsec;
  }
  switch (entry.kind) {
    case "file":
      columns.size[row] = entry.size;
      writeContent(columns, row, entry.content, names, shared);
      if (entry.contentDigest !== undefined) writeDigest(columns, row, entry.contentDigest);
      return;
    case "directory":
      columns.kind[row] = RowKind.directory;
      return;
    case "symlink":
      columns.kind[row] = RowKind.symlink;
      columns.first[row] = names.intern(entry.target);
      return;
    case "hardlink":
      columns.kind[row] = RowKind.hardlink;
      paths.intern(entry.target);
      columns.first[row] = paths.dir;
      columns.second[row] = paths.base;
      return;
    case "device":
      columns.kind[row] = entry.type === "char" ? RowKind.charDevice : RowKind.blockDevice;
      columns.first[row] = entry.major;
      columns.second[row] = entry.minor;
      return;
    case "fifo":
      columns.kind[row] = RowKind.fifo;
  }
}

function writeContent(
  columns: EntryColumns,
  row: number,
  content: Content,
  names: NamePool,
  shared: SharedInterner,
): void {
  switch (content.kind) {
    case "disk": {
      columns.kind[row] = RowKind.diskFile;
      // The slash stays with the folder: unlike an entry's path, this one may be absolute.
      const cut = content.path.lastIndexOf("/") + 1;
      columns.first[row] = shared.internText(content.path.slice(0, cut));
      columns.second[row] = names.intern(content.path.slice(cut));
      columns.offset[row] = content.offset ?? 0;
      return;
    }
    case "slice":
      columns.kind[row] = RowKind.sliceFile;
      columns.first[row] = shared.internText(content.layer);
      columns.second[row] = content.sparse === undefined ? 0 : names.internBytes(packSparse(content.sparse));
      columns.offset[row] = content.offset;
      return;
    case "bytes":
      columns.kind[row] = RowKind.bytesFile;
      columns.first[row] = names.internBytes(content.bytes);
  }
}

function writeDigest(columns: EntryColumns, row: number, digest: Digest): void {
  if (!digest.startsWith("sha256:")) {
    throw new RangeError(`Cannot store ${digest} in an entry table: content digests are sha256`);
  }
  addDigestColumn(columns);
  viewBytes(columns.digests).write(digestHex(digest), row * DIGEST_BYTES, DIGEST_BYTES, "hex");
  columns.kind[row]! |= DIGEST_FLAG;
}

/** What is read from. */
export interface RowSource {
  readonly columns: EntryColumns;
  pathAt(row: number): string;
  /** The bytes of a name. */
  nameBytes(id: number): Buffer;
  /** The attributes that this id packs. */
  attributes(id: number): SharedAttributes;
  /** The path whose parts have these ids. */
  joinPath(dir: number, base: number): string;
}

/** Reads a row that is a `put`, a `remove` or a `clear`. */
export function readChange(source: RowSource, row: number): Change {
  const kind = source.columns.kind[row]! & KIND_MASK;
  const path = source.pathAt(row);
  if (kind === RowKind.remove) return { kind: "remove", path };
  if (kind === RowKind.clear) return { kind: "clear", path };
  return { kind: "put", entry: readEntry(source, row, path) };
}

function readEntry(source: RowSource, row: number, path: string): Entry {
  const { columns } = source;
  const first = columns.first[row]!;
  const second = columns.second[row]!;
  const common = {
    path,
    ...source.attributes(columns.attributes[row]!),
    mtimeSec: columns.mtimeSec[row]!,
    mtimeNsec: columns.mtimeNsec[row] ?? 0,
  };
  switch (columns.kind[row]! & KIND_MASK) {
    case RowKind.directory:
      return { ...common, kind: "directory" };
    case RowKind.symlink:
      return { ...common, kind: "symlink", target: decodeName(source.nameBytes(first)) };
    case RowKind.hardlink:
      return { ...common, kind: "hardlink", target: source.joinPath(first, second) };
    case RowKind.charDevice:
      return { ...common, kind: "device", type: "char", major: first, minor: second };
    case RowKind.blockDevice:
      return { ...common, kind: "device", type: "block", major: first, minor: second };
    case RowKind.fifo:
      return { ...common, kind: "fifo" };
    default: {
      const file = { kind: "file" as const, size: columns.size[row]!, content: readContent(source, row) };
      const contentDigest = readDigest(columns, row);
      return contentDigest === undefined ? { ...common, ...file } : { ...common, ...file, contentDigest };
    }
  }
}

function readContent(source: RowSource, row: number): Content {
  const { columns } = source;
  const first = columns.first[row]!;
  const second = columns.second[row]!;
  const offset = columns.offset[row]!;
  switch (columns.kind[row]! & KIND_MASK) {
    case RowKind.sliceFile: {
      const layer = parseDigest(decodeName(source.nameBytes(first)));
      const sparse = second === 0 ? undefined : unpackSparse(source.nameBytes(second));
      return sparse === undefined
        ? { kind: "slice", layer, offset }
        : { kind: "slice", layer, offset, sparse };
    }
    case RowKind.bytesFile:
      return { kind: "bytes", bytes: Uint8Array.from(source.nameBytes(first)) };
    default: {
      const path = decodeName(source.nameBytes(first)) + decodeName(source.nameBytes(second));
      return offset === 0 ? { kind: "disk", path } : { kind: "disk", path, offset };
    }
  }
}

function readDigest(columns: EntryColumns, row: number): Digest | undefined {
  if ((columns.kind[row]! & DIGEST_FLAG) === 0) return undefined;
  const start = row * DIGEST_BYTES;
  return parseDigest(`sha256:${viewBytes(columns.digests).toString("hex", start, start + DIGEST_BYTES)}`);
}

function viewBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
