// Writes the tar of a layer, from a table of changes to blocks: synchronous, on a thread or (for small
// layers) on the main thread.
import type { Digest } from "@tsbuild/oci";
import type { Entry } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import type { EntryTable } from "../table/entry-table.ts";
import { EntryTableBuilder } from "../table/entry-table-builder.ts";
import { encodeHeader, headerRoom, padToBlock } from "../tar/tar-header.ts";
import type { TarHeaderFields } from "../tar/tar-header.ts";
import { isWhiteoutPath, opaquePath, whiteoutPath } from "../whiteout.ts";
import type { BlockRule } from "./block-rule.ts";
import { BlockWriter } from "./block-writer.ts";
import type { BlockOutlet } from "./block-writer.ts";
import { ContentDigests } from "./content-digests.ts";
import { ContentWriter } from "./content-writer.ts";
import { packOrder } from "./pack-order.ts";

const noAttributes = { mode: 0, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };

/** What to write, and how. */
export interface TarJob {
  readonly table: EntryTable;
  readonly layerFile: (diffId: Digest) => string;
  readonly blocks: BlockRule;
  /** Whether to hash files whose entries have no content digest; the table of the tar then has all of them. */
  readonly hashContents: boolean;
  /** Later times are written as this one, in seconds since 1970. */
  readonly clampMtimeSec: number | undefined;
}

/** What was written. */
export interface WrittenTar {
  readonly diffId: Digest;
  readonly tarSize: number;
  /** The changes as they are in the tar, files as slices of it. */
  readonly table: EntryTable;
}

/** @throws {LayerError} when an entry can't be read or written; the outlet has then got a part of the tar. */
export function writeTar(job: TarJob, outlet: BlockOutlet): WrittenTar {
  const { table, clampMtimeSec, hashContents } = job;
  const writer = new BlockWriter(job.blocks, outlet);
  const contents = new ContentWriter(writer, job.layerFile);
  const headers = new HeaderBuffer();
  const offsets = new Float64Array(table.length);
  const digests = new ContentDigests(hashContents ? table.length : 0);
  try {
    for (const row of packOrder(table)) {
      const change = table.at(row);
      const path = change.kind === "put" ? change.entry.path : change.path;
      if (change.kind === "put") {
        if (isWhiteoutPath(path)) throw whiteoutName(path);
        const entry = clampTime(change.entry, clampMtimeSec);
        const hashed = hashContents && entry.kind === "file" && entry.contentDigest === undefined;
        const keep = hashed ? (digest: Uint8Array) => digests.set(row, digest) : undefined;
        offsets[row] = writeEntry(entry, headers.encode(entry), writer, contents, keep);
      } else if (change.kind === "remove") {
        writeWhiteout(whiteoutPath(path), headers, writer);
      }
      if (table.isOpaque(row)) writeWhiteout(opaquePath(path), headers, writer);
    }
  } finally {
    contents.close();
  }
  const sha256 = writer.finish();
  const diffId = `sha256:${sha256}` as Digest; // it was made right here
  return {
    diffId,
    tarSize: writer.position,
    table: describeTar(table, diffId, offsets, digests, clampMtimeSec),
  };
}

function describeTar(
  table: EntryTable,
  layer: Digest,
  offsets: Float64Array,
  digests: ContentDigests,
  clampMtimeSec: number | undefined,
): EntryTable {
  const builder = new EntryTableBuilder();
  builder.addRows(table, { clampMtimeSec, content: { kind: "slice", layer, offsets }, digests });
  return builder.finish();
}

/** Returns the offset of the file's bytes, 0 if it is no file. */
function writeEntry(
  entry: Entry,
  header: Buffer,
  writer: BlockWriter,
  contents: ContentWriter,
  keepDigest: ((digest: Uint8Array) => void) | undefined,
): number {
  const size = entry.kind === "file" ? entry.size : 0;
  const length = header.length + padToBlock(size);
  const large = writer.exceedsBlock(length);
  writer.makeRoom(large ? header.length : length);
  writer.put(header);
  let offset = 0;
  if (entry.kind === "file") {
    if (large) writer.cut(); // so that the next cuts depend on the file's bytes alone
    offset = writer.position;
    if (keepDigest === undefined) contents.write(entry);
    else keepDigest(contents.writeHashed(entry));
    writer.putZeros(padToBlock(size) - size);
  }
  writer.endEntry(entry.path, length);
  return offset;
}

function writeWhiteout(path: string, headers: HeaderBuffer, writer: BlockWriter): void {
  const header = headers.encode({ kind: "file", path, size: 0, ...noAttributes });
  writer.makeRoom(header.length);
  writer.put(header);
  writer.endEntry(path, header.length);
}

function clampTime(entry: Entry, clampSec: number | undefined): Entry {
  if (clampSec === undefined || entry.mtimeSec < clampSec) return entry;
  return { ...entry, mtimeSec: clampSec, mtimeNsec: 0 };
}

/** Whoever unpacks the layer would delete something instead. */
function whiteoutName(path: string): LayerError {
  const reason = "names that begin with .wh. mark deleted files in a layer; rename it";
  return new LayerError("ENTRY_INVALID", `Cannot pack ${JSON.stringify(path)}: ${reason}`, {
    facts: { path, reason },
  });
}

/** One buffer for the header of every entry. */
class HeaderBuffer {
  #buffer = Buffer.alloc(8 * 1024);

  /** The header; overwritten by the next. */
  encode(entry: TarHeaderFields): Buffer {
    const room = headerRoom(entry);
    if (room > this.#buffer.length) this.#buffer = Buffer.alloc(2 * room);
    return this.#buffer.subarray(0, encodeHeader(entry, this.#buffer, 0));
  }
}
