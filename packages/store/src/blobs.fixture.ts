// Small images and folders for the tests of this package.
import type { Descriptor } from "@tsbuild/oci";
import { digestOf, encodeJson, mediaTypes } from "@tsbuild/oci";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { BlobWriter, Bytes } from "./blob-store.ts";

export interface TestImage {
  root: Descriptor;
  config: Descriptor;
  layers: Descriptor[];
}

/** A folder that is gone when the test is over. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tsbuild-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function descriptorOf(
  content: string | Uint8Array,
  mediaType = "application/octet-stream",
): Descriptor {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}

export async function* bytesOf(...pieces: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
}

export async function textOf(bytes: Bytes): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

export async function put(
  store: BlobWriter,
  content: string | Uint8Array,
  mediaType?: string,
): Promise<Descriptor> {
  const blob = descriptorOf(content, mediaType);
  await store.write(bytesOf(content), { expected: blob });
  return blob;
}

/** Writes an image whose layers are these texts (no tars: nothing here looks into layers). */
export async function putImage(
  store: BlobWriter,
  layerTexts: string[],
  architecture = "amd64",
): Promise<TestImage> {
  const layers: Descriptor[] = [];
  for (const text of layerTexts) layers.push(await put(store, text, mediaTypes.ociLayer));
  const diffIds = layers.map(({ digest }) => digest);
  const configBytes = encodeJson({
    architecture,
    os: "linux",
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const config = await put(store, configBytes, mediaTypes.ociConfig);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  return { root: await put(store, encodeJson(manifest), mediaTypes.ociManifest), config, layers };
}

/** Writes an index of one image for each architecture; all share the first layer. */
export async function putIndex(store: BlobWriter, architectures: string[]): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const architecture of architectures) {
    const { root } = await putImage(store, ["shared", `only ${architecture}`], architecture);
    manifests.push({ ...root, platform: { os: "linux", architecture } });
  }
  return put(
    store,
    encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    mediaTypes.ociIndex,
  );
}
