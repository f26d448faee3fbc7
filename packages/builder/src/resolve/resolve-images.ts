// The one phase that asks the outside world what the plan depends on: tags become digests, and of each base the
// manifest and the config are read, no layer. Requests go out in parallel; planning and resolving alternate
// until no new image turns up (ONBUILD triggers may name some).
import {
  formatFamiliar,
  formatPlatform,
  isIndexType,
  parseImageConfig,
  parseManifest,
  selectPlatform,
  type Descriptor,
  type Manifest,
} from "@tsbuild/oci";
import { readAll, type BlobReader } from "@tsbuild/store";
import { BuildError, messageOf } from "../build-error.ts";
import { imageKey, type ImageRequest, type ResolvedImage } from "./resolved-image.ts";
import { openImageSource, type ImageSource, type SourceOptions } from "./image-source.ts";
import { oneChunk } from "../one-chunk.ts";

const manifestLimit = 4 * 1024 * 1024;
const configLimit = 8 * 1024 * 1024;

/** Resolves every request, in parallel. Keys are `imageKey`. */
export async function resolveImages(
  requests: readonly ImageRequest[],
  o: SourceOptions,
): Promise<Map<string, ResolvedImage>> {
  const resolved = await Promise.all(
    requests.map(async (request) => [imageKey(request), await resolveImage(request, o)] as const),
  );
  return new Map(resolved);
}

async function resolveImage(request: ImageRequest, o: SourceOptions): Promise<ResolvedImage> {
  const name = formatFamiliar(request.reference);
  try {
    const source = await openImageSource(request.reference, o);
    if (source === undefined) {
      throw new BuildError(
        "IMAGE_UNAVAILABLE",
        `${request.reference.registry} does not have it (status 404); check the name, the tag and that you may read it`,
      );
    }
    return await readImage(request, source, o);
  } catch (error) {
    if (o.signal?.aborted === true) throw error;
    const prefix = `Cannot use the image ${name}: `;
    const message = messageOf(error);
    throw new BuildError("IMAGE_UNAVAILABLE", message.startsWith(prefix) ? message : prefix + message, {
      cause: error,
    });
  }
}

async function readImage(
  request: ImageRequest,
  source: ImageSource,
  o: SourceOptions,
): Promise<ResolvedImage> {
  const descriptor = await selectManifest(request, source, o);
  const manifest = await readManifest(descriptor, source.reader, o);
  if (manifest.kind !== "manifest") throw new Error("its index names another index");
  const document = manifest.manifest;
  const config = parseImageConfig(await readSmall(document.config, source.reader, configLimit, o));
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== document.layers.length) {
    throw new Error(`its config lists ${diffIds.length} layers, its manifest ${document.layers.length}`);
  }
  const actual = {
    os: config.os,
    architecture: config.architecture,
    ...(config.variant ? { variant: config.variant } : {}),
  };
  if (selectPlatform([{ ...descriptor, platform: actual }], request.platform) === undefined) {
    o.warn?.(
      "InvalidBaseImagePlatform",
      `Base image ${request.text} was pulled with platform "${formatPlatform(actual)}", expected "${formatPlatform(request.platform)}" for current build`,
      request.neededBy.span,
    );
  }
  await rememberOrigin(document.layers, source, o);
  return {
    reference: request.reference,
    platform: request.platform,
    manifest: descriptor,
    config,
    layers: document.layers.map((layer, index) => layerOf(layer, document, diffIds[index])),
    origin: source.origin,
  };
}

/** Layers are not downloaded here; the store learns where they can be read and mounted from. */
async function rememberOrigin(
  layers: readonly Descriptor[],
  source: ImageSource,
  o: SourceOptions,
): Promise<void> {
  const { origin } = source;
  if (origin === "local") return;
  await Promise.all(
    layers.map(async (layer) => {
      const known = await o.store.elsewhere.find(layer.digest);
      const same = known.some(
        ({ registry, repository }) => registry === origin.registry && repository === origin.repository,
      );
      if (!same) await o.store.elsewhere.save(layer, origin);
    }),
  );
}

function layerOf(
  descriptor: Descriptor,
  document: Manifest,
  diffId: ResolvedImage["layers"][number]["diffId"] | undefined,
) {
  if (diffId === undefined) throw new RangeError(`no diff_id for a layer of ${document.config.digest}`);
  return { descriptor, diffId };
}

async function selectManifest(
  request: ImageRequest,
  source: ImageSource,
  o: SourceOptions,
): Promise<Descriptor> {
  if (!isIndexType(source.root.mediaType)) return source.root;
  const index = await readManifest(source.root, source.reader, o);
  if (index.kind !== "index") throw new Error("its media type says index, its content does not");
  const chosen = selectPlatform(index.index.manifests, request.platform);
  if (chosen !== undefined) return chosen;
  const offered = index.index.manifests.flatMap((m) =>
    m.platform && m.platform.os !== "unknown" ? [formatPlatform(m.platform)] : [],
  );
  throw new Error(
    `it is not made for ${formatPlatform(request.platform)}, only for ${offered.join(", ") || "no platform that it names"}; choose one with --platform`,
  );
}

async function readManifest(descriptor: Descriptor, reader: BlobReader, o: SourceOptions) {
  return parseManifest(await readSmall(descriptor, reader, manifestLimit, o), descriptor.mediaType);
}

/** Small documents are kept in the local store, so that the next build need not ask for them. */
async function readSmall(
  descriptor: Descriptor,
  reader: BlobReader,
  limit: number,
  o: SourceOptions,
): Promise<Buffer> {
  if (await o.store.has(descriptor)) return readAll(o.store.read(descriptor), limit);
  const bytes = await readAll(reader.read(descriptor, signalOf(o)), limit);
  await o.store.write(oneChunk(bytes), { expected: descriptor });
  return bytes;
}

function signalOf(o: SourceOptions): { signal?: AbortSignal } {
  return o.signal === undefined ? {} : { signal: o.signal };
}
