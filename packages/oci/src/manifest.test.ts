import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { encodeJson } from "./json.ts";
import { manifestSizeLimit, parseManifest } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";
import { OciError } from "./oci-error.ts";

const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("config"), size: 6 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf("layer"), size: 5 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const child = { mediaType: mediaTypes.ociManifest, digest: digestOf("child"), size: 5 };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };

function refusal(body: unknown, mediaType?: string): string {
  return refusalOf(encodeJson(body), mediaType);
}

function refusalOf(bytes: Uint8Array, mediaType?: string): string {
  try {
    parseManifest(bytes, mediaType);
  } catch (error) {
    if (error instanceof OciError && error.code === "MANIFEST_INVALID") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("parseManifest", () => {
  it("tells manifests from indexes by their members", () => {
    expect(parseManifest(encodeJson(manifest))).toEqual({ kind: "manifest", manifest });
    expect(parseManifest(encodeJson(index))).toEqual({ kind: "index", index });
    const { mediaType: _, ...unnamed } = manifest;
    expect(parseManifest(encodeJson(unnamed), mediaTypes.dockerManifest).kind).toBe("manifest");
  });

  it("keeps every member that it does not know, in its place", () => {
    const text = JSON.stringify({
      z: 1,
      ...manifest,
      config: {
        ...config,
        extra: { deep: [1] },
        platform: { os: "linux", architecture: "amd64", features: ["x"] },
      },
      layers: [{ a: null, ...layer, annotations: { k: "v" } }],
      future: { x: null },
    });
    const document = parseManifest(new TextEncoder().encode(text));
    expect(JSON.stringify(document.kind === "manifest" && document.manifest)).toBe(text);
  });

  it("takes null for absent where a member is optional, as Go does", () => {
    const body = {
      ...manifest,
      annotations: null,
      subject: null,
      config: { ...config, urls: null, platform: null },
    };
    expect(parseManifest(encodeJson(body))).toEqual({ kind: "manifest", manifest });
  });

  it("ignores parameters of a Content-Type", () => {
    expect(parseManifest(encodeJson(manifest), `${mediaTypes.ociManifest}; charset=utf-8`).kind).toBe(
      "manifest",
    );
  });

  it("accepts an image without layers, and an empty index", () => {
    expect(parseManifest(encodeJson({ ...manifest, layers: [] })).kind).toBe("manifest");
    expect(parseManifest(encodeJson({ ...index, manifests: [] })).kind).toBe("index");
  });

  it.each([
    ["a schema 1 manifest", { schemaVersion: 1, fsLayers: [] }, "push the image again"],
    ["no schema version", { config, layers: [] }, "schemaVersion"],
    ["an array", [manifest], "object"],
    ["null", null, "object"],
    ["neither layers nor manifests", { schemaVersion: 2 }, "neither"],
    ["null layers", { ...manifest, layers: null }, "layers"],
    ["layers as an object", { ...manifest, layers: {} }, "layers"],
    ["null manifests", { ...index, manifests: null }, "manifests"],
    ["a null layer", { ...manifest, layers: [null] }, "layers.0"],
    ["no config", { schemaVersion: 2, layers: [] }, "config"],
    [
      "a digest that is a path",
      { ...manifest, config: { ...config, digest: "sha256:../../x" } },
      "config.digest",
    ],
    [
      "an upper-case digest",
      { ...manifest, config: { ...config, digest: config.digest.toUpperCase() } },
      "digest",
    ],
    ["an empty media type", { ...manifest, layers: [{ ...layer, mediaType: "" }] }, "layers.0.mediaType"],
    ["a size as text", { ...manifest, layers: [{ ...layer, size: "5" }] }, "layers.0.size"],
    ["a size below zero", { ...manifest, layers: [{ ...layer, size: -1 }] }, "layers.0.size"],
    ["a broken size", { ...manifest, layers: [{ ...layer, size: 1.5 }] }, "layers.0.size"],
    [
      "a size that a double can't hold",
      { ...manifest, layers: [{ ...layer, size: 2 ** 53 }] },
      "layers.0.size",
    ],
    ["annotations that are no text", { ...manifest, annotations: { a: 1 } }, "annotations"],
    ["a platform without a system", { ...index, manifests: [{ ...child, platform: {} }] }, "platform"],
  ])("GHSA-6fj5-m822-rqx8: refuses %s with a typed error", (_, body, reason) => {
    expect(refusal(body)).toContain(reason);
  });

  it.each([
    ["1e400 for a size", JSON.stringify(manifest).replace('"size":5', '"size":1e400'), "size"],
    ["a byte order mark", `\ufeff${JSON.stringify(manifest)}`, "byte order mark"],
    ["a key twice", JSON.stringify(manifest).replace("{", '{"layers":[],'), "twice"],
    ["__proto__", JSON.stringify(manifest).replace("{", '{"__proto__":{"polluted":1},'), "__proto__"],
    ["100,000 levels", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "nested"],
    ["text", "not json", "not JSON"],
  ])("GHSA-6fj5-m822-rqx8: refuses %s", (_, text, reason) => {
    expect(refusalOf(new TextEncoder().encode(text))).toContain(reason);
    expect("polluted" in {}).toBe(false);
  });

  it("GHSA-6fj5-m822-rqx8: refuses invalid UTF-8", () => {
    const bytes = encodeJson({ ...manifest, annotations: { a: "X" } });
    bytes[bytes.lastIndexOf(0x58)] = 0xff;
    expect(refusalOf(bytes)).toContain("UTF-8");
  });

  it.each([
    ["both manifests and layers", { ...manifest, manifests: [child] }, undefined, "two ways"],
    ["both manifests and config", { ...index, config }, undefined, "two ways"],
    ["layers spelt in another case", { ...index, Layers: [layer] }, undefined, "Layers"],
    [
      "an index that calls itself a manifest",
      { ...index, mediaType: mediaTypes.ociManifest },
      undefined,
      "members",
    ],
    [
      "a manifest that calls itself an index",
      { ...manifest, mediaType: mediaTypes.ociIndex },
      undefined,
      "members",
    ],
    ["a manifest announced as an index", manifest, mediaTypes.ociIndex, "announced"],
    ["an index announced as a manifest", index, mediaTypes.dockerManifest, "announced"],
    ["an OCI manifest announced as Docker's", manifest, mediaTypes.dockerManifest, "announced"],
    [
      "a manifest that calls itself a layer",
      { ...manifest, mediaType: mediaTypes.ociLayer },
      undefined,
      "members",
    ],
    ["a manifest announced as something else", manifest, "application/json", "announced"],
  ])("CVE-2021-41190: refuses %s", (_, body, mediaType, reason) => {
    expect(refusal(body, mediaType)).toContain(reason);
  });

  it("CVE-2023-25153: refuses more than 4 MiB before parsing them", () => {
    const bytes = new Uint8Array(manifestSizeLimit + 1).fill(0x20);
    expect(refusalOf(bytes)).toContain(String(manifestSizeLimit));
  });

  it("reads as many layers as fit into the limit in reasonable memory", () => {
    const layers = Array.from({ length: 20_000 }, () => layer);
    const document = parseManifest(encodeJson({ ...manifest, layers }));
    expect(document.kind === "manifest" && document.manifest.layers.length).toBe(20_000);
  });

  it("does not print control characters of a hostile body", () => {
    expect(refusal({ ...manifest, mediaType: "\u001b]52;c;x\u0007\u009b" })).toMatch(/^[\x20-\x7e]*$/);
  });
});
