// Where the registry's bytes are. Two implementations: a folder of its own, and any BlobStore.
import type { Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";

export interface BlobShelf {
  /** Bytes, or `undefined` when it is not here. */
  size(digest: Digest): Promise<number | undefined>;
  /** Bytes `start` up to, but not including, `end`. */
  read(digest: Digest, start: number, end: number): Bytes;
  /** Takes over a whole, verified file; it is gone from `path` after. */
  adopt(path: string, digest: Digest, size: number): Promise<void>;
  remove(digest: Digest): Promise<void>;
}
