// ADD: local archives are unpacked, whatever they are called, and everything else is copied. What is an archive is
// decided by its content: it decompresses, and a first tar header can be read.
import {
  createTable,
  decompress,
  detectCompression,
  gunzipHead,
  inflateLayer,
  LayerError,
  readTar,
  type Content,
  EntryTable,
  type Entry,
  type LayerErrorCode,
} from "@tsbuild/layer";
import type { Bytes } from "@tsbuild/store";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { planAddArchive } from "../copy/plan-add-archive.ts";
import { planCopy, type CopyRequest } from "../copy/plan-copy.ts";
import { selectSources, type SelectedRoot, type Selection } from "../copy/select-sources.ts";
import type { TransferEffect } from "./selection-of.ts";
import { oneChunk } from "../one-chunk.ts";

const headBytes = 4096;
const zeros = Buffer.alloc(1024 * 1024);

/** Plans the whole of an ADD; unpacked archives go to `folder`, which must outlive the packing. */
export async function planAdd(
  request: CopyRequest,
  effect: TransferEffect,
  folder: string,
  signal: AbortSignal,
): Promise<EntryTable> {
  const selection = selectSources(request);
  const unpack = effect.kind === "add" && effect.unpack !== false;
  let target = request.target;
  const tables: EntryTable[] = [];
  const filesPlaced = new Set<string>();
  // One source after another, as written: each sees what the ones before it have put there.
  for (const [index, root] of selection.roots.entries()) {
    const place = join(folder, String(index));
    const archive = unpack ? await unpackArchive(root, place, signal).catch(named(root)) : undefined;
    const changes =
      archive === undefined
        ? planCopy({ ...request, target, filesPlaced, selection: only(selection, root) }).changes
        : planAddArchive({ ...request, target, entries: archive, name: root.name });
    tables.push(changes);
    target = target.withLayer(changes);
  }
  const [first] = tables;
  return tables.length === 1 && first !== undefined ? first : merge(tables);
}

/** Says which of the sources a fault is in. */
function named(root: SelectedRoot): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LayerError)) throw error;
    const message = `Cannot unpack "${root.name}": ${error.message}`;
    throw new LayerError(error.code, message, { cause: error, facts: error.facts });
  };
}

function only(selection: Selection, root: SelectedRoot): Selection {
  return { ...selection, roots: [root] };
}

/** Later tables win where they say something of the same path. */
function merge(tables: readonly EntryTable[]): EntryTable {
  return createTable(
    (function* () {
      for (const table of tables) for (let row = 0; row < table.length; row += 1) yield table.at(row);
    })(),
  );
}

/** The entries of a file that is an archive, with their contents in an uncompressed copy at `path`. */
async function unpackArchive(
  root: SelectedRoot,
  path: string,
  signal: AbortSignal,
): Promise<Entry[] | undefined> {
  const { entry } = root;
  if (entry.kind !== "file" || entry.content.kind !== "disk" || entry.size === 0) return undefined;
  const source = entry.content.path;
  if (!(await isArchive(source, signal))) return undefined;
  await inflateLayer(createReadStream(source, { highWaterMark: 1 << 20 }), path, { signal });
  const entries: Entry[] = [];
  for await (const member of readTar(createReadStream(path, { highWaterMark: 1 << 20 }), { signal })) {
    entries.push(withContent(member, await expanded(member, path, entries.length)));
  }
  return entries;
}

type Member = Awaited<ReturnType<ReturnType<typeof readTar>["next"]>>["value"] & object;

function withContent({ entry }: Member, content: Content | undefined): Entry {
  if (entry.kind !== "file") return entry;
  return { ...entry, content: content ?? { kind: "bytes", bytes: Buffer.alloc(0) } };
}

/** Where a file's bytes are: in the tar itself, or, for a sparse file, in a file of its own with the holes in place. */
async function expanded(member: Member, path: string, index: number): Promise<Content | undefined> {
  if (member.entry.kind !== "file") return undefined;
  if (member.sparse === undefined) return { kind: "disk", path, offset: member.dataOffset };
  const file = `${path}.${index}`;
  const out = await open(file, "wx", 0o600);
  try {
    let size = 0;
    for await (const chunk of member.read()) {
      if (!isZero(chunk)) await writeAt(out, chunk, size);
      size += chunk.length;
    }
    await out.truncate(size);
  } finally {
    await out.close();
  }
  return { kind: "disk", path: file };
}

async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

function isZero(chunk: Uint8Array): boolean {
  return chunk.length <= zeros.length && zeros.compare(chunk, 0, chunk.length, 0, chunk.length) === 0;
}

const notAnArchive: ReadonlySet<LayerErrorCode> = new Set(["TAR_CORRUPT", "COMPRESSION_CORRUPT"]);

/** Whether the content is a tar, compressed or not. A file that merely begins like one is not. */
async function isArchive(path: string, signal: AbortSignal): Promise<boolean> {
  const compression = detectCompression(await head(path, 512));
  if (compression === "unknown") return false;
  // Damage behind the header of a small archive must not hide that it is one.
  if (compression === "gzip" && (await beginsAsTar(gunzipHead(await head(path, headBytes))))) return true;
  const source = createReadStream(path, { highWaterMark: 64 * 1024 });
  try {
    const bytes: Bytes = compression === "none" ? source : decompress(source, { signal });
    for await (const _first of readTar(bytes, { signal })) return true;
    return false;
  } catch (error) {
    // Only what is no archive is copied as it is: not one that is hostile, or that this machine cannot read.
    if (error instanceof LayerError && notAnArchive.has(error.code)) return false;
    throw error;
  } finally {
    source.destroy();
  }
}

async function beginsAsTar(bytes: Uint8Array): Promise<boolean> {
  try {
    for await (const _first of readTar(oneChunk(bytes))) return true;
  } catch {
    // Not a tar, or not so far.
  }
  return false;
}

async function head(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
