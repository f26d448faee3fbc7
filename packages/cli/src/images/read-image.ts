// One image, read: which manifest of an index, its config, its sizes.
import {
  configSizeLimit,
  formatPlatform,
  hostPlatform,
  manifestSizeLimit,
  parseImageConfig,
  parseManifest,
  selectPlatform,
  type Descriptor,
  type ImageConfig,
  type Index,
  type Manifest,
  type Platform,
} from "@tsbuild/oci";
import { readAll, type BlobReader } from "@tsbuild/store";
import { CliError } from "../cli-error.ts";

export interface ImageDetails {
  /** What the name stands for: a manifest, or an index. */
  readonly root: Descriptor;
  readonly manifest: Descriptor & { readonly document: Manifest };
  readonly config: Descriptor & { readonly document: ImageConfig };
  /** Bytes of all layers as stored, and of the config. */
  readonly size: number;
}

interface ReadOptions {
  /** Which image of an index. Default: this machine's, else the first. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {CliError} `IMAGE_UNKNOWN` when the index has nothing for `platform` */
export async function readImage(
  root: Descriptor,
  reader: BlobReader,
  options: ReadOptions = {},
): Promise<ImageDetails> {
  const manifest = await selectManifest(root, reader, options);
  const document = await readDocument(manifest, reader, options);
  if (document.kind === "index") {
    throw new CliError("IMAGE_UNKNOWN", `Cannot read image ${root.digest}: its indexes are nested too deep`);
  }
  const { config, layers } = document.manifest;
  const bytes = await readAll(reader.read(config, options), configSizeLimit);
  return {
    root,
    manifest: { ...manifest, document: document.manifest },
    config: { ...config, document: parseImageConfig(bytes) },
    size: layers.reduce((sum, layer) => sum + layer.size, config.size),
  };
}

/** The manifest for the platform: `root` itself when it is one. */
export async function selectManifest(
  root: Descriptor,
  reader: BlobReader,
  options: ReadOptions = {},
): Promise<Descriptor> {
  const document = await readDocument(root, reader, options);
  if (document.kind === "manifest") return root;
  const { index } = document;
  const wanted = options.platform;
  if (wanted !== undefined)
    return selectPlatform(index.manifests, wanted) ?? refusePlatform(root, index, wanted);
  return (
    selectPlatform(index.manifests, hostPlatform()) ??
    index.manifests.find(({ platform }) => platform !== undefined && platform.os !== "unknown") ??
    refusePlatform(root, index, hostPlatform())
  );
}

async function readDocument(descriptor: Descriptor, reader: BlobReader, { signal }: ReadOptions) {
  return parseManifest(
    await readAll(reader.read(descriptor, { signal }), manifestSizeLimit),
    descriptor.mediaType,
  );
}

function refusePlatform(root: Descriptor, index: Index, wanted: Platform): never {
  const offered = index.manifests.flatMap(({ platform }) =>
    platform === undefined ? [] : [formatPlatform(platform)],
  );
  throw new CliError(
    "IMAGE_UNKNOWN",
    `Cannot find ${formatPlatform(wanted)} in ${root.digest}: it has ${[...new Set(offered)].join(", ") || "no image"}`,
  );
}
