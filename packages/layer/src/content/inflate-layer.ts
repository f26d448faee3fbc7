// A layer's tar, uncompressed, as a file: what slices are read from.
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Bytes } from "@tsbuild/store";
import { decompress } from "../compression/decompress.ts";
import type { DecompressOptions } from "../compression/decompress.ts";

/**
 * Writes what `compressed` holds to the file `toPath`, which is made or emptied first. If it fails, the file
 * is removed. Whether the bytes are those of the layer is the caller's to know (a blob that is read is
 * verified); nothing is made durable: a lost file can be made again.
 * @throws {LayerError} as `decompress`
 */
export async function inflateLayer(
  compressed: Bytes,
  toPath: string,
  options: DecompressOptions = {},
): Promise<void> {
  const file = await open(toPath, "w", 0o600);
  try {
    await writeAll(file, decompress(compressed, options));
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(toPath, { force: true });
    throw error;
  }
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
