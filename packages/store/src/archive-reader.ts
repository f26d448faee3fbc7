// What opening an archive gives, whichever form it has.
import type { Descriptor } from "@tsbuild/oci";
import type { BlobReader, TagReader } from "./blob-store.ts";

/** The images of an archive. It keeps the file open: dispose it. */
export interface ArchiveReader extends BlobReader, TagReader, AsyncDisposable {
  /** Every image, with its names in the descriptor's annotations. */
  roots(): Descriptor[];
}
