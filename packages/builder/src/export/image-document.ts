// A solved stage → the bytes of its config and manifest. The base's config is patched, never rebuilt, so that
// fields which we do not know survive.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
import {
  digestOf,
  encodeJson,
  layerCompression,
  mediaTypes,
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
  type Platform,
  type RuntimeConfig,
} from "@tsbuild/oci";
import type { Layer } from "../solve/layer.ts";

export interface ImageParts {
  /** The config of the image that the stage began with; undefined for scratch. */
  readonly base: ImageConfig | undefined;
  readonly platform: Platform;
  readonly config: RuntimeConfig;
  readonly author?: string | undefined;
  readonly layers: readonly Layer[];
  /** One entry per instruction, those of the base first; `created` is missing where no layer was made. */
  readonly history: readonly HistoryEntry[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageDocument {
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Uint8Array };
  readonly manifest: { readonly descriptor: Descriptor; readonly bytes: Uint8Array };
}

/** The OCI documents of an image; the same parts give the same bytes. */
export function imageDocument(parts: ImageParts): ImageDocument {
  const configBytes = encodeJson(imageConfig(parts));
  const config = describe(mediaTypes.ociConfig, configBytes);
  const manifestBytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: parts.layers.map((layer) => ociLayer(layer.descriptor)),
    ...(parts.annotations === undefined || Object.keys(parts.annotations).length === 0
      ? {}
      : { annotations: sorted(parts.annotations) }),
  });
  return {
    config: { descriptor: config, bytes: configBytes },
    manifest: { descriptor: describe(mediaTypes.ociManifest, manifestBytes), bytes: manifestBytes },
  };
}

/** A descriptor of bytes in memory. */
export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function imageConfig(parts: ImageParts): object {
  const { base, platform, config, author, layers } = parts;
  const history = filledIn(parts.history);
  const created = history.at(-1)?.created;
  const { created: _created, author: baseAuthor, ...inherited } = base ?? {};
  const {
    variant: _variant,
    "os.version": _version,
    "os.features": _features,
    ...kept
  } = inherited as Record<string, unknown>;
  return {
    ...kept,
    ...(created === undefined ? {} : { created }),
    ...(author === undefined && baseAuthor === undefined ? {} : { author: author ?? baseAuthor }),
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    ...(platform["os.version"] === undefined ? {} : { "os.version": platform["os.version"] }),
    ...(platform["os.features"] === undefined ? {} : { "os.features": platform["os.features"] }),
    config: sortedConfig(config),
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history,
  };
}

/** Maps have no order of their own: keys are written sorted, as Go does. */
function sortedConfig(config: RuntimeConfig): RuntimeConfig {
  const { Labels, ExposedPorts, Volumes } = config;
  return {
    ...config,
    ...(Labels ? { Labels: sorted(Labels) } : {}),
    ...(ExposedPorts ? { ExposedPorts: sorted(ExposedPorts) } : {}),
    ...(Volumes ? { Volumes: sorted(Volumes) } : {}),
  };
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/**
 * Entries without a layer take the time of the layer before them; those before the first new layer take that
 * layer's, as BuildKit does, so that a rebuild from the cache gives the same bytes.
 */
function filledIn(history: readonly HistoryEntry[]): HistoryEntry[] {
  let time: string | undefined;
  let gap = false;
  for (const entry of history) {
    if (entry.created !== undefined) {
      time = entry.created;
      if (gap) break;
    } else gap = true;
  }
  gap = false;
  return history.map((entry) => {
    if (entry.created !== undefined) {
      if (gap) time = entry.created;
      return entry;
    }
    gap = true;
    return time === undefined ? entry : { created: time, ...entry };
  });
}

/** Docker's media types become OCI's: the bytes are the same. */
function ociLayer(descriptor: Descriptor): Descriptor {
  const compression = layerCompression(descriptor.mediaType);
  const { mediaType: _mediaType, urls: _urls, ...rest } = descriptor;
  if (descriptor.urls !== undefined) return descriptor;
  switch (compression) {
    case "gzip":
      return { mediaType: mediaTypes.ociLayerGzip, ...rest };
    case "zstd":
      return { mediaType: mediaTypes.ociLayerZstd, ...rest };
    case "none":
      return { mediaType: mediaTypes.ociLayer, ...rest };
    case undefined:
      return descriptor;
  }
}
