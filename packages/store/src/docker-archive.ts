// What `docker save` makes, read in place. Since Docker 25 there is an OCI layout in it; before, there are only
// a config and layers, and the manifest that Docker never wrote is made here, the same one every time.
// https://github.com/moby/docker-image-spec/blob/v1.3.1/README.md#combined-image-json--filesystem-changeset-format
import type { Descriptor, Digest, JsonValue } from "@tsbuild/oci";
import {
  configSizeLimit,
  createHasher,
  digestOf,
  encodeJson,
  manifestSizeLimit,
  mediaTypes,
  parseImageConfig,
  parseJson,
} from "@tsbuild/oci";
import type { ArchiveFile, ArchiveOptions } from "./archive-file.ts";
import { openArchiveFile } from "./archive-file.ts";
import type { ArchiveReader } from "./archive-reader.ts";
import type { Bytes, CallOptions } from "./blob-store.ts";
import { findNamed, withName, withoutName } from "./image-names.ts";
import { indexFile, layoutFile } from "./layout-index.ts";
import { readLayout } from "./oci-archive.ts";
import { invalid } from "./tar-archive.ts";
import type { TarMember } from "./tar-archive.ts";
import { verify } from "./verify.ts";

interface SavedImage {
  config: string;
  names: string[];
  layers: string[];
}

/**
 * Opens an archive of `docker save`, which may be compressed with gzip.
 *
 * @throws {StoreError} `ARCHIVE_INVALID`, `LAYOUT_INVALID`, `IO`
 */
export async function openDockerArchive(path: string, options: ArchiveOptions = {}): Promise<ArchiveReader> {
  const archive = await openArchiveFile(path, options);
  try {
    const hasLayout = archive.member(layoutFile) !== undefined && archive.member(indexFile) !== undefined;
    return hasLayout ? await readLayout(archive) : await readSaved(archive);
  } catch (error) {
    await archive[Symbol.asyncDispose]();
    throw error;
  }
}

async function readSaved(archive: ArchiveFile): Promise<ArchiveReader> {
  const saved = decodeSavedImages(
    parseIn(archive, await archive.readMember("manifest.json", manifestSizeLimit)),
  );
  if (saved === undefined) throw invalid(archive.path, "its manifest.json is not what docker save writes");
  const blobs = new Map<Digest, TarMember | Uint8Array>();
  const roots: Descriptor[] = [];
  for (const image of saved) {
    const root = await makeManifest(archive, image, blobs);
    roots.push(...(image.names.length === 0 ? [root] : image.names.map((name) => withName(root, name))));
  }
  return {
    roots: () => roots,
    resolve: async (name) => {
      const found = findNamed(roots, name);
      return found && withoutName(found);
    },
    has: async ({ digest, size }) => sizeOf(blobs.get(digest)) === size,
    read: (blob, options) => readBlob(archive, blob, blobs.get(blob.digest), options),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** Makes an image's manifest, and notes where its blobs are. */
async function makeManifest(
  archive: ArchiveFile,
  image: SavedImage,
  blobs: Map<Digest, TarMember | Uint8Array>,
): Promise<Descriptor> {
  const configBytes = await archive.readMember(image.config, configSizeLimit);
  const { rootfs } = parseImageConfig(configBytes);
  if (rootfs.diff_ids.length !== image.layers.length)
    throw invalid(
      archive.path,
      `${image.config} has ${rootfs.diff_ids.length} layers, manifest.json ${image.layers.length}`,
    );

  const config = keep(blobs, configBytes, mediaTypes.dockerConfig);
  const layers: Descriptor[] = [];
  for (const [i, name] of image.layers.entries()) {
    const member = archive.member(name);
    const diffId = rootfs.diff_ids[i];
    if (member === undefined || diffId === undefined)
      throw invalid(archive.path, `it has no ${JSON.stringify(name)}`);
    const layer = await describeLayer(archive, member, diffId);
    blobs.set(layer.digest, member);
    layers.push(layer);
  }
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers };
  return keep(blobs, encodeJson(manifest), mediaTypes.dockerManifest);
}

/** An uncompressed layer has its diffId for its digest, which reading will verify; others have to be hashed. */
async function describeLayer(archive: ArchiveFile, member: TarMember, diffId: Digest): Promise<Descriptor> {
  const mediaType = await layerType(archive, member);
  const { size } = member;
  if (mediaType === mediaTypes.dockerLayer) return { mediaType, digest: diffId, size };
  const hasher = createHasher();
  for await (const chunk of archive.bytes(member)) hasher.update(chunk);
  return { mediaType, digest: hasher.digest(), size };
}

async function layerType(archive: ArchiveFile, member: TarMember): Promise<string> {
  const head: number[] = [];
  for await (const chunk of archive.bytes({ ...member, size: Math.min(4, member.size) })) head.push(...chunk);
  if (head[0] === 0x1f && head[1] === 0x8b) return mediaTypes.dockerLayerGzip;
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return isZstd ? mediaTypes.dockerLayerZstd : mediaTypes.dockerLayer;
}

function readBlob(
  archive: ArchiveFile,
  blob: Descriptor,
  place: TarMember | Uint8Array | undefined,
  options?: CallOptions,
): Bytes {
  if (!(place instanceof Uint8Array)) return archive.readBlob(blob, place, options);
  return verify(
    (async function* () {
      yield new Uint8Array(place); // a copy: the chunk is the reader's
    })(),
    blob,
  );
}

function keep(blobs: Map<Digest, TarMember | Uint8Array>, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = digestOf(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

function sizeOf(place: TarMember | Uint8Array | undefined): number | undefined {
  return place instanceof Uint8Array ? place.length : place?.size;
}

function parseIn(archive: ArchiveFile, bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, manifestSizeLimit);
  } catch (cause) {
    throw invalid(archive.path, "its manifest.json is not JSON", cause);
  }
}

function decodeSavedImages(value: JsonValue): SavedImage[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const images = value.map((image) => {
    if (image === null || typeof image !== "object" || Array.isArray(image)) return undefined;
    const { Config: config, RepoTags: names, Layers: layers } = image;
    if (typeof config !== "string" || !isTexts(names ?? []) || !isTexts(layers ?? [])) return undefined;
    return { config, names: texts(names), layers: texts(layers) };
  });
  return images.every((image) => image !== undefined) ? images : undefined;
}

function isTexts(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
