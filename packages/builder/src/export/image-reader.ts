// An image's blobs from wherever they are: the local store, or the registry that is known to have them.
import type { Descriptor } from "@tsbuild/oci";
import type { BlobReader, Bytes } from "@tsbuild/store";
import type { LayerLibrary } from "../solve/layer-library.ts";

/** A reader over the library. */
export function imageReader(library: LayerLibrary): BlobReader {
  return {
    has: async (blob, o) => {
      try {
        return await (await library.reader(blob)).has(blob, o);
      } catch {
        return false;
      }
    },
    read: (blob, o) => readFrom(library, blob, o),
  };
}

async function* readFrom(
  library: LayerLibrary,
  blob: Descriptor,
  o?: { signal?: AbortSignal },
): Bytes & AsyncGenerator<Uint8Array> {
  yield* (await library.reader(blob)).read(blob, o);
}
