// A whole image of a few bytes, for tests of what handles images without looking into layers.
import { digestOf, encodeJson, mediaTypes, type Descriptor, type Platform } from "@tsbuild/oci";
import type { BlobWriter } from "@tsbuild/store";

export interface SmallImage {
  readonly root: Descriptor;
  readonly config: Descriptor;
  readonly layer: Descriptor;
}

const linux: Platform = { os: "linux", architecture: "amd64" };

/** Writes an image whose one layer holds `content`. */
export async function writeSmallImage(
  to: BlobWriter,
  content: string,
  settings: { readonly platform?: Platform; readonly created?: string; readonly withoutLayer?: boolean } = {},
): Promise<SmallImage> {
  const platform = settings.platform ?? linux;
  const created = settings.created ?? "2026-01-02T03:04:05Z";
  const layerBytes = Buffer.from(content);
  const layer = describe(mediaTypes.ociLayer, layerBytes);
  if (settings.withoutLayer !== true) await write(to, layer, layerBytes);
  const configBytes = encodeJson({
    created,
    ...platform,
    config: { Cmd: ["sh"], Labels: { content } },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [
      { created, created_by: "COPY a.txt /a.txt # buildkit", comment: "buildkit.dockerfile.v0" },
      { created, created_by: 'CMD ["sh"] and a text that is much longer than the column', empty_layer: true },
    ],
  });
  const config = describe(mediaTypes.ociConfig, configBytes);
  await write(to, config, configBytes);
  const root = await writeJson(to, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer],
  });
  return { root, config, layer };
}

/** Writes an index over images. */
export async function writeSmallIndex(
  to: BlobWriter,
  images: readonly { readonly root: Descriptor; readonly platform: Platform }[],
): Promise<Descriptor> {
  return writeJson(to, mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.map(({ root, platform }) => ({ ...root, platform })),
  });
}

async function writeJson(to: BlobWriter, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = encodeJson(value);
  const descriptor = describe(mediaType, bytes);
  await write(to, descriptor, bytes);
  return descriptor;
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

async function write(to: BlobWriter, expected: Descriptor, bytes: Uint8Array): Promise<void> {
  await to.write(chunk(bytes), { expected });
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
