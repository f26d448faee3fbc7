// The contents of files: from a tar that streams past once, or out of tars that are on disk.
import { closeSync, constants, openSync, readSync } from "node:fs";
import { createHasher, digestAlgorithm } from "@tsbuild/oci";
import type { Digest } from "@tsbuild/oci";
import { SandboxError } from "../sandbox-error.ts";
import { readAhead } from "./read-ahead.ts";
import type { SliceList } from "./slice-list.ts";
import { SliceWriter } from "./slice-writer.ts";
import { cannotUnpack, unpackFailure } from "./unpack-failure.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** Of a streamed tar. */
const chunksAhead = 8;
const windowBytes = 1024 * 1024;

/** Writes all files that are slices of layers. */
export async function writeContents(work: UnpackWork, slices: ReadonlyMap<Digest, SliceList>): Promise<void> {
  const { tars, source } = work.order;
  let total = 0;
  const wrote = (bytes: number) => {
    if (bytes > 0) work.order.onProgress?.((total += bytes));
  };
  for (const [layer, list] of slices) {
    const writer = new SliceWriter(work, list.sort());
    const tar = tars.get(layer);
    try {
      if (tar !== undefined) await readTarFile(work, writer, tar, wrote);
      else if (source?.diffId === layer) await readStream(work, writer, layer, source.bytes, wrote);
      else throw new TypeError(`Nothing to read ${layer} from`);
    } finally {
      writer.close();
    }
  }
}

/** The whole stream is read, and hashed: the config of another image may have called other bytes by this diffId. */
async function readStream(
  work: UnpackWork,
  writer: SliceWriter,
  layer: Digest,
  bytes: AsyncIterable<Uint8Array>,
  wrote: (bytes: number) => void,
): Promise<void> {
  const hasher = createHasher(digestAlgorithm(layer));
  let position = 0;
  for await (const chunk of readable(work, layer, bytes)) {
    hasher.update(chunk);
    await writeChunk(work, writer, position, chunk, wrote);
    position += chunk.length;
  }
  const actual = hasher.digest();
  if (actual !== layer) {
    throw layerFailure(layer, `its content is ${actual}; the image that names it is wrong, or not whole`);
  }
  if (writer.wanted !== undefined) throw tooShort(writer);
}

async function writeChunk(
  work: UnpackWork,
  writer: SliceWriter,
  base: number,
  chunk: Uint8Array,
  wrote: (bytes: number) => void,
): Promise<void> {
  const end = base + chunk.length;
  do {
    wrote(writer.feed(base, chunk));
    await work.pause();
  } while ((writer.wanted ?? end) < end);
}

async function* readable(
  work: UnpackWork,
  layer: Digest,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* readAhead(bytes, chunksAhead);
  } catch (error) {
    work.order.signal?.throwIfAborted();
    throw layerFailure(layer, error instanceof Error ? error.message : String(error), error);
  }
}

/** Reads window by window, and none in which nothing is wanted. */
async function readTarFile(
  work: UnpackWork,
  writer: SliceWriter,
  tar: string,
  wrote: (bytes: number) => void,
): Promise<void> {
  const fd = openTar(writer, tar);
  try {
    const memory = Buffer.allocUnsafeSlow(windowBytes);
    for (let at = writer.wanted; at !== undefined; at = writer.wanted) {
      const length = readWindow(writer, fd, memory, at);
      if (length === 0) throw tooShort(writer);
      await writeChunk(work, writer, at, memory.subarray(0, length), wrote);
    }
  } finally {
    closeSync(fd);
  }
}

function openTar(writer: SliceWriter, tar: string): number {
  try {
    return openSync(tar, constants.O_RDONLY);
  } catch (error) {
    throw unpackFailure(error, writer.wantedPath);
  }
}

function readWindow(writer: SliceWriter, fd: number, memory: Buffer, at: number): number {
  try {
    return readSync(fd, memory, 0, memory.length, at);
  } catch (error) {
    throw unpackFailure(error, writer.wantedPath);
  }
}

function tooShort(writer: SliceWriter): SandboxError {
  return cannotUnpack(writer.wantedPath, "the index does not fit its layer: the layer's tar ends before it");
}

function layerFailure(layer: Digest, reason: string, cause?: unknown): SandboxError {
  return new SandboxError("UNPACK_FAILED", `Cannot unpack layer ${layer}: ${reason}`, {
    facts: { layer, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}
