// Where content of a repository is, in the distribution protocol's paths. Manifests and blobs live apart,
// so the media type of a descriptor decides. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
import { isIndexType, isManifestType, parseDigest } from "@tsbuild/oci";

/** Whether a descriptor of this type is served by `/manifests/`. */
export function isManifestContent(mediaType: string | undefined): boolean {
  return mediaType !== undefined && (isManifestType(mediaType) || isIndexType(mediaType));
}

export function blobPath(repository: string, digest: string): string {
  // A digest out of a hostile manifest must not become another path (CVE-2024-3727).
  return `/v2/${repository}/blobs/${parseDigest(digest)}`;
}

/** @param reference a tag or a digest */
export function manifestPath(repository: string, reference: string): string {
  if (reference.includes(":")) return `/v2/${repository}/manifests/${parseDigest(reference)}`;
  if (!/^\w[\w.-]{0,127}$/.test(reference)) {
    throw new RangeError(
      `Cannot use ${JSON.stringify(reference.slice(0, 200))} as a tag: tags have letters, digits, "_", "." and "-"`,
    );
  }
  return `/v2/${repository}/manifests/${reference}`;
}

export function uploadsPath(repository: string): string {
  return `/v2/${repository}/blobs/uploads/`;
}
