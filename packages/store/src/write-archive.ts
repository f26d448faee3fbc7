// Images packed in one tar: an OCI layout, or with it what `docker load` of any age reads. The same images
// give the same bytes.
import type { Descriptor, Platform } from "@tsbuild/oci";
import {
  encodeJson,
  formatFamiliar,
  formatPlatform,
  hostPlatform,
  isIndexType,
  isManifestType,
  manifestSizeLimit,
  parseManifest,
  parseReference,
  selectPlatform,
  withDefaultTag,
} from "@tsbuild/oci";
import type { Writable } from "node:stream";
import type { BlobReader, Bytes } from "./blob-store.ts";
import { withName } from "./image-names.ts";
import { blobName, encodeIndex, indexFile, layoutFile, layoutFileContent } from "./layout-index.ts";
import { readAll } from "./read-all.ts";
import { StoreError } from "./store-error.ts";
import type { TarFile } from "./tar-writer.ts";
import { writeTar } from "./tar-writer.ts";
import { sendBytes } from "./send-bytes.ts";

/** An image and the names it shall have in the archive. */
export interface ArchivedImage {
  names: string[];
  root: Descriptor;
}

export interface WriteArchiveOptions {
  signal?: AbortSignal | undefined;
  /** Of an index, take only the image for this platform. A docker archive takes the host's by default. */
  platform?: Platform | undefined;
}

/**
 * Writes an OCI archive to a file, which appears when it is whole, or to a stream, which is not ended.
 *
 * @throws {StoreError} `BLOB_NOT_FOUND`, `PLATFORM_NOT_FOUND`, `NO_SPACE`, `IO`
 */
export async function writeOciArchive(
  out: Writable | string,
  images: ArchivedImage[],
  from: BlobReader,
  options: WriteArchiveOptions = {},
): Promise<void> {
  const chosen: ArchivedImage[] = [];
  for (const image of images) {
    const root = options.platform
      ? await selectImage(image.root, from, options.platform, options)
      : image.root;
    chosen.push({ ...image, root });
  }
  await writeLayout(out, chosen, [], from, options);
}

/**
 * Writes what `docker save` writes: an OCI layout with a manifest.json. Layers stay as they are, compressed or
 * not. Of an index one image is taken.
 *
 * @throws {StoreError} as {@link writeOciArchive}
 */
export async function writeDockerArchive(
  out: Writable | string,
  images: ArchivedImage[],
  from: BlobReader,
  options: WriteArchiveOptions = {},
): Promise<void> {
  const chosen: ArchivedImage[] = [];
  const saved: object[] = [];
  for (const { names, root } of images) {
    const image = await selectImage(root, from, options.platform ?? hostPlatform(), options);
    const document = await readDocument(image, from, options);
    if (document.kind === "index") throw new RangeError("Cannot save an index as a docker archive");
    const { config, layers } = document.manifest;
    saved.push({
      Config: blobName(config.digest),
      RepoTags: names.map(familiar),
      Layers: layers.map(({ digest }) => blobName(digest)),
    });
    chosen.push({ names, root: image });
  }
  const manifest = encodeJson(saved);
  await writeLayout(out, chosen, [memoryFile("manifest.json", manifest)], from, options);
}

async function writeLayout(
  out: Writable | string,
  images: ArchivedImage[],
  more: TarFile[],
  from: BlobReader,
  options: WriteArchiveOptions,
): Promise<void> {
  const blobs = new Map<string, Descriptor>();
  for (const { root } of images) await collect(root, from, blobs, options);
  const roots = images.flatMap(({ names, root }) =>
    names.length === 0 ? [root] : names.map((name) => withName(root, name)),
  );
  const folders = [
    "blobs/",
    ...new Set([...blobs.keys()].map((name) => name.slice(0, name.lastIndexOf("/") + 1))),
  ];
  const files: TarFile[] = [
    ...folders.map((name) => ({ name, size: 0 })),
    ...[...blobs].map(([name, blob]) => ({ name, size: blob.size, bytes: () => from.read(blob, options) })),
    memoryFile(indexFile, encodeIndex(roots)),
    memoryFile(layoutFile, layoutFileContent),
    ...more,
  ];
  await sendBytes(writeTar(files.sort((a, b) => (a.name < b.name ? -1 : 1))), out, options.signal);
}

/** Everything below a descriptor, each blob once. Layers that are only at a URL are left out, as in `copy`. */
async function collect(
  node: Descriptor,
  from: BlobReader,
  blobs: Map<string, Descriptor>,
  options: WriteArchiveOptions,
): Promise<void> {
  const name = blobName(node.digest);
  if (blobs.has(name)) return;
  if (node.urls?.length && !(await from.has(node, options))) return;
  blobs.set(name, node);
  if (!isManifestType(node.mediaType) && !isIndexType(node.mediaType)) return;
  const document = await readDocument(node, from, options);
  const children =
    document.kind === "index"
      ? document.index.manifests
      : [document.manifest.config, ...document.manifest.layers];
  for (const child of children) await collect(child, from, blobs, options);
}

async function selectImage(
  root: Descriptor,
  from: BlobReader,
  platform: Platform,
  options: WriteArchiveOptions,
): Promise<Descriptor> {
  if (!isIndexType(root.mediaType)) return root;
  const document = await readDocument(root, from, options);
  const found = document.kind === "index" ? selectPlatform(document.index.manifests, platform) : undefined;
  if (found !== undefined) return selectImage(found, from, platform, options);
  throw new StoreError(
    "PLATFORM_NOT_FOUND",
    `Cannot save ${root.digest}: it has no image for ${formatPlatform(platform)}`,
    { digest: root.digest },
  );
}

async function readDocument(node: Descriptor, from: BlobReader, options: WriteArchiveOptions) {
  return parseManifest(await readAll(from.read(node, options), manifestSizeLimit), node.mediaType);
}

function familiar(name: string): string {
  return formatFamiliar(withDefaultTag(parseReference(name)));
}

function memoryFile(name: string, content: Uint8Array): TarFile {
  return { name, size: content.length, bytes: () => chunk(content) };
}

async function* chunk(bytes: Uint8Array): Bytes & AsyncGenerator<Uint8Array> {
  yield bytes;
}
