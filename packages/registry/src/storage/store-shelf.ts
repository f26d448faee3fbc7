// Blobs in any BlobStore: a memory store for tests, or a store that other parts of tsbuild fill. Nothing is
// ever removed from it, because it is not the registry's alone.
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Digest } from "@tsbuild/oci";
import type { BlobStore } from "@tsbuild/store";
import type { BlobShelf } from "./blob-shelf.ts";

export class StoreShelf implements BlobShelf {
  readonly #store: BlobStore;
  readonly #sizes = new Map<Digest, number>();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  async size(digest: Digest): Promise<number | undefined> {
    return this.#sizes.get(digest);
  }

  async *read(digest: Digest, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    const size = this.#sizes.get(digest) ?? 0;
    for await (const chunk of this.#store.read({ mediaType: "application/octet-stream", digest, size })) {
      const from = Math.max(0, start - at);
      const part = chunk.subarray(from, Math.max(from, end - at));
      at += chunk.length;
      if (part.length > 0) yield part;
      if (at >= end) return;
    }
  }

  async adopt(path: string, digest: Digest, size: number): Promise<void> {
    await this.#store.write(createReadStream(path), { expected: { digest, size } });
    await rm(path, { force: true });
    this.#sizes.set(digest, size);
  }

  async remove(digest: Digest): Promise<void> {
    this.#sizes.delete(digest);
  }
}
