// The bytes of one file of a layer, wherever they are: on disk, in a layer's tar, in memory.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Digest } from "@tsbuild/oci";
import type { Content } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import { encodeName } from "../name.ts";
import { planReads } from "./plan-reads.ts";
import type { ContentRange, PlannedRead } from "./plan-reads.ts";

const chunkBytes = 256 * 1024;

export interface ContentOptions extends ContentRange {
  /** The path of the inflated tar of a layer. */
  layerFile(diffId: Digest): string;
  readonly signal?: AbortSignal;
}

/**
 * The bytes of a file of `size` bytes, or the range of them that the options name, in chunks of at most
 * 256 KiB, each in memory of its own. The source is opened when the first chunk is asked for.
 * @throws {LayerError} `FILE_UNREADABLE`, `FILE_CHANGED` (it is shorter than `size`), `SLICE_UNREADABLE`
 */
export async function* openContent(
  content: Content,
  size: number,
  options: ContentOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const reads = planReads(content, size, options);
  if (content.kind === "bytes") {
    for (const read of reads) yield content.bytes.subarray(read.at ?? 0, (read.at ?? 0) + read.length);
    return;
  }
  const file = await openSource(content, options);
  try {
    for (const read of reads) yield* readChunks(content, file, read, options.signal);
  } finally {
    await file.close();
  }
}

async function* readChunks(
  content: Content,
  file: FileHandle,
  read: PlannedRead,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  for (let done = 0; done < read.length;) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, read.length - done));
    if (read.at === undefined) {
      yield chunk.fill(0);
      done += chunk.length;
      continue;
    }
    const { bytesRead } = await file.read(chunk, 0, chunk.length, read.at + done);
    if (bytesRead === 0) throw tooShort(content);
    yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
    done += bytesRead;
  }
}

async function openSource(
  content: Content & { kind: "disk" | "slice" },
  options: ContentOptions,
): Promise<FileHandle> {
  if (content.kind === "slice") {
    const path = options.layerFile(content.layer);
    return open(path, constants.O_RDONLY).catch((error: unknown) => {
      throw unreadable("SLICE_UNREADABLE", path, error);
    });
  }
  const { path } = content;
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK; // as content-writer.ts
  return open(path.isWellFormed() ? path : encodeName(path), flags).catch((error: unknown) => {
    throw unreadable("FILE_UNREADABLE", path, error);
  });
}

function tooShort(content: Content): LayerError {
  if (content.kind === "disk") {
    const reason = "it is shorter than it was";
    return new LayerError("FILE_CHANGED", `Cannot read ${JSON.stringify(content.path)}: ${reason}`, {
      facts: { path: content.path, reason },
    });
  }
  const reason = "its inflated tar is too short";
  const layer = content.kind === "slice" ? content.layer : "content";
  return new LayerError("SLICE_UNREADABLE", `Cannot read from layer ${layer}: ${reason}`, {
    facts: { reason },
  });
}

function unreadable(code: "FILE_UNREADABLE" | "SLICE_UNREADABLE", path: string, cause: unknown): LayerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LayerError(code, `Cannot read ${JSON.stringify(path)}: ${reason}`, {
    cause,
    facts: { path, reason },
  });
}
