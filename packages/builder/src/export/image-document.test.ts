import { digestOf, mediaTypes, parseImageConfig, parseManifest, type HistoryEntry } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import { imageDocument, type ImageParts } from "./image-document.ts";

const layer = (name: string, mediaType: string = mediaTypes.ociLayerGzip) => ({
  descriptor: { mediaType, digest: digestOf(`${name}.gz`), size: 7 },
  diffId: digestOf(name),
});

const parts = (changes: Partial<ImageParts>): ImageParts => ({
  base: undefined,
  platform: { os: "linux", architecture: "amd64" },
  config: {},
  layers: [],
  history: [],
  ...changes,
});

const configOf = (changes: Partial<ImageParts>) =>
  parseImageConfig(imageDocument(parts(changes)).config.bytes);
const times = (history: HistoryEntry[]) => configOf({ history }).history?.map((entry) => entry.created);

describe("imageDocument", () => {
  it("lets unknown fields of the base's config survive, and drops what belongs to the base alone", () => {
    const base = {
      architecture: "arm64",
      os: "linux",
      variant: "v8",
      created: "2020-01-01T00:00:00Z",
      "x-extra": { a: 1 },
      rootfs: { type: "layers" as const, diff_ids: [] },
    };
    const config = configOf({ base, layers: [layer("a")] });
    expect(config).toMatchObject({
      architecture: "amd64",
      "x-extra": { a: 1 },
      rootfs: { diff_ids: [digestOf("a")] },
    });
    expect(config.variant).toBeUndefined();
    expect(config.created).toBeUndefined();
  });

  it("turns docker's layer types into OCI's", () => {
    const document = imageDocument(parts({ layers: [layer("a", mediaTypes.dockerLayerGzip)] }));
    const parsed = parseManifest(document.manifest.bytes);
    expect(parsed.kind === "manifest" && parsed.manifest.layers[0]?.mediaType).toBe(mediaTypes.ociLayerGzip);
  });

  it("dates entries without a layer by the layer before them", () => {
    expect(times([{ created: "A" }, {}, { created: "B" }, {}])).toEqual(["A", "B", "B", "B"]);
  });

  it("dates entries before the first layer by that layer", () => {
    expect(times([{}, {}, { created: "A" }, {}])).toEqual(["A", "A", "A", "A"]);
  });

  it("leaves the time out when nothing has one", () => {
    expect(configOf({ history: [{}] }).created).toBeUndefined();
  });

  it("writes labels and annotations sorted, so that the order of options does not matter", () => {
    const one = imageDocument(
      parts({ config: { Labels: { b: "1", a: "2" } }, annotations: { y: "1", x: "2" } }),
    );
    const two = imageDocument(
      parts({ config: { Labels: { a: "2", b: "1" } }, annotations: { x: "2", y: "1" } }),
    );
    expect(one.manifest.descriptor).toEqual(two.manifest.descriptor);
  });
});
