// Blobs as files `blobs/<algorithm>/<hex>`: a blob is there only when it is whole, also after a power cut.
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestAlgorithm, digestHex, type Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import type { BlobShelf } from "./blob-shelf.ts";
import { syncFolder } from "./atomic-file.ts";

const chunkBytes = 256 * 1024;

/** Blobs below `root`, on the same file system as the files to adopt. */
export class FolderShelf implements BlobShelf {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async size(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.#path(digest))).size;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  read(digest: Digest, start: number, end: number): Bytes {
    if (end <= start) return nothing();
    return createReadStream(this.#path(digest), { start, end: end - 1, highWaterMark: chunkBytes });
  }

  async adopt(path: string, digest: Digest): Promise<void> {
    const target = this.#path(digest);
    await mkdir(dirname(target), { recursive: true });
    const file = await open(path, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(path, target);
    await syncFolder(dirname(target));
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: Digest): string {
    return join(this.#root, "blobs", digestAlgorithm(digest), digestHex(digest));
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
