// An image's blobs from wherever they are: the local store, or the registry that is known to have them.
import type { BlobReader } from "@tsbuild/store";
import { BuildError } from "../build-error.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";

/** A reader over the library. What it reads can be read again: an upload that is cut off begins anew. */
export function imageReader(library: LayerLibrary): BlobReader {
  return {
    has: async (blob, o) => {
      try {
        return await (await library.reader(blob)).has(blob, o);
      } catch (error) {
        // Nobody is known to have it; anything else is for the caller.
        if (error instanceof BuildError && error.code === "IMAGE_UNAVAILABLE") return false;
        throw error;
      }
    },
    read: (blob, o) => ({
      async *[Symbol.asyncIterator]() {
        yield* (await library.reader(blob)).read(blob, o);
      },
    }),
  };
}
