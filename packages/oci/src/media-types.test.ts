import { describe, expect, it } from "vitest";
import {
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  layerCompression,
  mediaTypes,
} from "./media-types.ts";

describe("media types", () => {
  it("are manifests, indexes, layers or something else, never two of them", () => {
    for (const type of Object.values(mediaTypes))
      expect(
        [isManifestType(type), isIndexType(type), isLayerType(type)].filter(Boolean).length,
      ).toBeLessThan(2);
    expect(isManifestType(mediaTypes.dockerManifest)).toBe(true);
    expect(isIndexType(mediaTypes.dockerIndex)).toBe(true);
    expect(isLayerType(mediaTypes.ociConfig)).toBe(false);
  });

  it.each([
    [mediaTypes.ociLayer, "none"],
    [mediaTypes.ociLayerGzip, "gzip"],
    [mediaTypes.ociLayerZstd, "zstd"],
    [mediaTypes.ociForeignLayerGzip, "gzip"],
    [mediaTypes.dockerLayer, "none"],
    [mediaTypes.dockerLayerGzip, "gzip"],
    [mediaTypes.dockerForeignLayerGzip, "gzip"],
    [mediaTypes.ociManifest, undefined],
    ["toString", undefined],
    ["", undefined],
  ])("say the compression of %s: %s", (type, compression) => {
    expect(layerCompression(type)).toBe(compression);
  });

  it("tell layers that may not be handed on", () => {
    expect(isForeignLayerType(mediaTypes.dockerForeignLayer)).toBe(true);
    expect(isForeignLayerType(mediaTypes.dockerLayer)).toBe(false);
  });
});
