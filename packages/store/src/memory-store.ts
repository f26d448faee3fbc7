// A blob store in memory: for tests, and for small things such as manifests on their way somewhere.
import type { Descriptor, Digest } from "@tsbuild/oci";
import { digestAlgorithm, digestOf } from "@tsbuild/oci";
import type {
  BlobStore,
  Bytes,
  CallOptions,
  TagReader,
  TagWriter,
  WriteOptions,
  WrittenBlob,
} from "./blob-store.ts";
import { blobNotFound } from "./store-error.ts";
import { digestMismatch, sizeMismatch, verify } from "./verify.ts";

/** Keeps everything in memory, without limit. */
export class MemoryStore implements BlobStore, TagReader, TagWriter {
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #tags = new Map<string, Descriptor>();

  async has(blob: Descriptor): Promise<boolean> {
    return this.#blobs.get(blob.digest)?.length === blob.size;
  }

  read(blob: Descriptor, options: CallOptions = {}): Bytes {
    const blobs = this.#blobs;
    return verify(
      (async function* () {
        options.signal?.throwIfAborted();
        const bytes = blobs.get(blob.digest);
        if (bytes === undefined) throw blobNotFound(blob.digest, "the memory store");
        yield new Uint8Array(bytes); // a copy: the chunk is the reader's
      })(),
      blob,
    );
  }

  async write(bytes: Bytes, options: WriteOptions = {}): Promise<WrittenBlob> {
    const { expected, signal } = options;
    signal?.throwIfAborted();
    const present = expected && this.#blobs.get(expected.digest);
    if (expected && present && (expected.size ?? present.length) === present.length)
      return { digest: expected.digest, size: present.length };

    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (expected?.size !== undefined && size > expected.size)
        throw sizeMismatch(expected.digest, expected.size, "more");
      chunks.push(chunk);
    }
    if (expected?.size !== undefined && size !== expected.size)
      throw sizeMismatch(expected.digest, expected.size, String(size));
    const whole = Buffer.concat(chunks);
    const digest = digestOf(whole, expected && digestAlgorithm(expected.digest));
    if (expected && digest !== expected.digest) throw digestMismatch(expected.digest, digest);
    this.#blobs.set(digest, whole);
    return { digest, size };
  }

  async resolve(name: string): Promise<Descriptor | undefined> {
    return this.#tags.get(name);
  }

  async tag(name: string, target: Descriptor): Promise<void> {
    this.#tags.set(name, target);
  }
}
