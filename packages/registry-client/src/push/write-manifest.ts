// Pushes a manifest or index, by its digest or under a tag.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
import type { Descriptor, Digest } from "@tsbuild/oci";
import { manifestPath } from "../content-path.ts";
import { bodyOf } from "../http/message.ts";
import { findContent } from "../pull/find-content.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";

/**
 * Puts `bytes`, which must have the digest of `manifest`, under `reference`.
 *
 * @param reference a tag, or the digest
 */
export async function writeManifest(
  context: RepositoryContext,
  manifest: Pick<Descriptor, "mediaType" | "digest">,
  bytes: Uint8Array,
  reference: string,
  signal?: AbortSignal,
): Promise<void> {
  const { host, repository, name } = context;
  const label = reference.includes(":") ? `${name}@${reference}` : `${name}:${reference}`;
  const response = await host.ask({
    method: "PUT",
    target: manifestPath(repository, reference),
    scopes: [{ repository, access: "pull,push" }],
    expect: [201, 200, 202],
    action: `push the manifest of ${label}`,
    headers: { "content-type": manifest.mediaType },
    body: bodyOf(bytes),
    ...(signal === undefined ? {} : { signal }),
  });
  await response.discard();
  const stored = response.header("docker-content-digest");
  if (stored === manifest.digest) return;
  if (stored === undefined && (await findContent(context, manifest, signal)) !== undefined) return;
  throw notStored(label, manifest.digest, stored, response.url, response.status);
}

function notStored(
  label: string,
  digest: Digest,
  stored: string | undefined,
  url: URL,
  status: number,
): RegistryError {
  const reason =
    stored === undefined
      ? "the registry accepted it, and then does not have it"
      : `the registry stored it as ${stored.slice(0, 140)}, not ${digest}`;
  return new RegistryError(
    stored === undefined ? "PROTOCOL" : "DIGEST_MISMATCH",
    `Cannot push the manifest of ${label}: ${reason}`,
    {
      method: "PUT",
      url,
      status,
    },
  );
}
