// The words of the OCI specifications, as values that can be trusted once they are made. Pure: no file,
// no network.
export { parseDescriptor } from "./descriptor.ts";
export type { Descriptor } from "./descriptor.ts";
export { createHasher, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from "./digest.ts";
export type { Digest, DigestAlgorithm, Hasher } from "./digest.ts";
export { configSizeLimit, parseImageConfig } from "./image-config.ts";
export type { Healthcheck, HistoryEntry, ImageConfig, RuntimeConfig } from "./image-config.ts";
export { encodeJson, parseJson } from "./json.ts";
export type { JsonValue } from "./json.ts";
export { manifestSizeLimit, parseManifest } from "./manifest.ts";
export type { Index, Manifest, ManifestDocument } from "./manifest.ts";
export {
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  layerCompression,
  mediaTypes,
} from "./media-types.ts";
export { OciError } from "./oci-error.ts";
export type { OciErrorCode } from "./oci-error.ts";
export { formatPlatform, hostPlatform, normalizePlatform, parsePlatform } from "./platform.ts";
export type { Platform } from "./platform.ts";
export { formatFamiliar, formatReference, parseReference, withDefaultTag } from "./reference.ts";
export type { Reference } from "./reference.ts";
export { selectPlatform } from "./select-platform.ts";
