// Several platforms' manifests → the index that names them.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
import { encodeJson, mediaTypes, type Descriptor } from "@tsbuild/oci";
import type { FinishedImage } from "./built-image.ts";
import { describe } from "./image-document.ts";

/** The index's bytes, manifests in the order of the platforms asked for. */
export function indexDocument(
  images: readonly FinishedImage[],
  annotations: {
    readonly index: Record<string, string>;
    readonly manifestDescriptor: Record<string, string>;
  },
): { readonly descriptor: Descriptor; readonly bytes: Uint8Array } {
  const manifests = images.map((image) => ({
    ...image.document.manifest.descriptor,
    ...(Object.keys(annotations.manifestDescriptor).length === 0
      ? {}
      : { annotations: annotations.manifestDescriptor }),
    platform: image.platform,
  }));
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    ...(Object.keys(annotations.index).length === 0 ? {} : { annotations: annotations.index }),
  });
  return { descriptor: describe(mediaTypes.ociIndex, bytes), bytes };
}
