// The three files that make a folder or an archive an OCI layout: oci-layout, index.json, and where blobs are.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import type { Descriptor, Digest, Index, JsonValue } from "@tsbuild/oci";
import { digestAlgorithm, digestHex, encodeJson, mediaTypes, parseJson, parseManifest } from "@tsbuild/oci";
import { StoreError } from "./store-error.ts";

export const layoutFile = "oci-layout";
export const indexFile = "index.json";
export const layoutFileContent: Uint8Array = encodeJson({ imageLayoutVersion: "1.0.0" });

const indexLimit = 4 << 20;

/** The blob's path in the layout, with slashes. */
export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** @throws {StoreError} `LAYOUT_INVALID` unless it is a version that this package knows */
export function checkLayoutFile(bytes: Uint8Array, path: string): void {
  const value = readJson(bytes, path, layoutFile);
  const version = isObject(value) ? value["imageLayoutVersion"] : undefined;
  if (typeof version !== "string" || !/^1\.\d+\.\d+$/.test(version))
    throw invalid(path, `its ${layoutFile} has the version ${JSON.stringify(version) ?? "none"}, not 1.0.0`);
}

/** @throws {StoreError} `LAYOUT_INVALID` */
export function decodeIndex(bytes: Uint8Array, path: string): Index {
  const value = readJson(bytes, path, indexFile);
  // Go programs write the list of an empty layout as null.
  if (isObject(value) && value["manifests"] === null) value["manifests"] = [];
  try {
    const document = parseManifest(encodeJson(value));
    if (document.kind === "index") return document.index;
  } catch (cause) {
    throw invalid(path, `its ${indexFile} is not an index`, cause);
  }
  throw invalid(path, `its ${indexFile} is a manifest, not an index`);
}

export function encodeIndex(manifests: Descriptor[]): Uint8Array {
  return encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

function readJson(bytes: Uint8Array, path: string, file: string): JsonValue {
  try {
    return parseJson(bytes, indexLimit);
  } catch (cause) {
    throw invalid(path, `its ${file} is not JSON`, cause);
  }
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(path: string, reason: string, cause?: unknown): StoreError {
  return new StoreError("LAYOUT_INVALID", `Cannot read OCI layout ${path}: ${reason}`, { path }, { cause });
}
