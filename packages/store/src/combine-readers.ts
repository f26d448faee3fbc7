// Several places as one: the first that has a blob gives it.
import type { BlobReader } from "./blob-store.ts";
import { blobNotFound } from "./store-error.ts";
import { verifyLater } from "./verify.ts";

/** A reader of what any of these has. They are asked in order; put the near ones first. */
export function combineReaders(...readers: BlobReader[]): BlobReader {
  return {
    async has(blob, options) {
      for (const reader of readers) if (await reader.has(blob, options)) return true;
      return false;
    },
    read(blob, options) {
      return verifyLater(blob, async () => {
        for (const reader of readers) if (await reader.has(blob, options)) return reader.read(blob, options);
        throw blobNotFound(blob.digest, `any of ${readers.length} places`);
      });
    },
  };
}
