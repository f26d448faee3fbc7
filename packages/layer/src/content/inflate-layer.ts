// A layer's tar, uncompressed, as a file: what slices are read from.
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { createHasher, digestAlgorithm, type Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import { decompress } from "../compression/decompress.ts";
import type { DecompressOptions } from "../compression/decompress.ts";
import { LayerError } from "../layer-error.ts";

export interface InflateOptions extends DecompressOptions {
  /** What the uncompressed bytes must be. A verified blob proves nothing here: a config can claim any diffId. */
  readonly diffId?: Digest;
}

/**
 * Writes what `compressed` holds to the file `toPath`, which is made or emptied first. If it fails, the file
 * is removed. Nothing is made durable: a lost file can be made again.
 * @throws {LayerError} `DIFF_ID_MISMATCH`, and as `decompress`
 */
export async function inflateLayer(
  compressed: Bytes,
  toPath: string,
  options: InflateOptions = {},
): Promise<void> {
  const { diffId, ...decompression } = options;
  const file = await open(toPath, "w", 0o600);
  try {
    const bytes = decompress(compressed, decompression);
    await writeAll(file, diffId === undefined ? bytes : proven(bytes, diffId));
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(toPath, { force: true });
    throw error;
  }
}

async function* proven(bytes: Bytes, diffId: Digest): AsyncGenerator<Uint8Array, void, void> {
  const hasher = createHasher(digestAlgorithm(diffId));
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
  const actual = hasher.digest();
  if (actual === diffId) return;
  const reason = `its content is ${actual}`;
  throw new LayerError("DIFF_ID_MISMATCH", `Cannot inflate layer ${diffId}: ${reason}`, {
    facts: { reason },
  });
}

/** Writes one chunk while the next is being decompressed. */
async function writeAll(file: FileHandle, bytes: Bytes): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  for await (const chunk of bytes) {
    await writing;
    writing = writeWhole(file, chunk);
    writing.catch(() => undefined); // seen by the next await
  }
  await writing;
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
}
