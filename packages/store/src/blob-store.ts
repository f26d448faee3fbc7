// The interfaces of a place where bytes live by digest. Reading always verifies; what is written is not
// visible before it is whole.
import type { Descriptor, Digest } from "@tsbuild/oci";

/** Bytes in order. A chunk belongs to whoever received it: the source does not use its memory again. */
export type Bytes = AsyncIterable<Uint8Array>;

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface BlobReader {
  /** Whether the blob is here, whole and of the descriptor's size. Its content is verified by reading it. */
  has(blob: Descriptor, options?: CallOptions): Promise<boolean>;
  /**
   * The blob's bytes. The last chunk comes only when digest and size were right and nothing trails.
   * Nothing is opened before the first chunk is asked for.
   *
   * @throws {StoreError} `BLOB_NOT_FOUND`, `DIGEST_MISMATCH` or `SIZE_MISMATCH`, while iterating
   */
  read(blob: Descriptor, options?: CallOptions): Bytes;
}

/** What the bytes must turn out to be. `mediaType` is for places that keep manifests apart from blobs. */
export interface ExpectedBlob {
  digest: Digest;
  size?: number | undefined;
  mediaType?: string | undefined;
}

export interface WriteOptions extends CallOptions {
  expected?: ExpectedBlob | undefined;
}

export interface WrittenBlob {
  digest: Digest;
  size: number;
}

export interface BlobWriter {
  /**
   * Keeps the bytes. Nothing is visible before they are whole and as expected. If the expected blob is here
   * already the source is not read. Without `expected`, the digest is SHA-256.
   *
   * @throws {StoreError} `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `NO_SPACE` or `IO`; what the source throws
   */
  write(bytes: Bytes, options?: WriteOptions): Promise<WrittenBlob>;
}

export interface BlobStore extends BlobReader, BlobWriter {}

export interface TagReader {
  /** What the name stands for, or `undefined`. */
  resolve(name: string, options?: CallOptions): Promise<Descriptor | undefined>;
}

export interface TagWriter {
  /** Makes the name stand for the target, atomically. */
  tag(name: string, target: Descriptor, options?: CallOptions): Promise<void>;
}

/** What a destination can do when it shares storage with the source. */
export interface Mounter {
  /** True when the blob is here now, without its bytes having passed through this process. */
  mount(blob: Descriptor, from: BlobReader, options?: CallOptions): Promise<boolean>;
}
