// GET, HEAD, PUT and DELETE of a manifest, by tag or digest. What a manifest names must be here before it.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
import {
  digestOf,
  isDigest,
  manifestSizeLimit,
  OciError,
  parseManifest,
  type Digest,
  type ManifestDocument,
} from "@tsbuild/oci";
import { readAll, StoreError } from "@tsbuild/store";
import type { Call } from "../call.ts";
import { ProtocolError } from "../protocol-error.ts";
import type { Reply } from "../reply.ts";
import type { StoredManifest } from "../storage/repositories.ts";

export async function serveManifest(call: Call, repository: string, reference: string): Promise<Reply> {
  if (call.method === "PUT") return putManifest(call, repository, reference);
  const { repositories, shelf } = call.storage;
  const digest = isDigest(reference) ? reference : repositories.tag(repository, reference);
  const stored = digest === undefined ? undefined : repositories.manifest(repository, digest);
  if (stored === undefined)
    throw new ProtocolError(404, "MANIFEST_UNKNOWN", "the repository has no such manifest");
  if (call.method === "DELETE") return removeManifest(call, repository, reference, stored);
  return {
    status: 200,
    headers: {
      "content-type": stored.mediaType,
      "docker-content-digest": stored.digest,
      etag: `"${stored.digest}"`,
    },
    body: { size: stored.size, bytes: shelf.read(stored.digest, 0, stored.size) },
  };
}

async function putManifest(call: Call, repository: string, reference: string): Promise<Reply> {
  const { repositories } = call.storage;
  const bytes = await readManifest(call);
  const algorithm = reference.startsWith("sha512:") ? "sha512" : "sha256";
  const digest = digestOf(bytes, algorithm);
  if (isDigest(reference) && reference !== digest)
    throw new ProtocolError(400, "DIGEST_INVALID", `the manifest's digest is ${digest}`);
  const announced = call.header("content-type")?.split(";", 1)[0]?.trim();
  const document = parse(bytes, announced);
  requireChildren(call, repository, document);
  const manifest = describe(document, bytes, digest, announced ?? "");
  await call.storage.keepBytes(repository, bytes, digest, async () => {
    await repositories.apply({ kind: "manifest", repository, digest, manifest });
    if (!isDigest(reference)) await repositories.apply({ kind: "tag", repository, tag: reference, digest });
  });
  const subject: Record<string, string> =
    manifest.subject === undefined ? {} : { "oci-subject": manifest.subject };
  return {
    status: 201,
    headers: {
      location: `/v2/${repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      ...subject,
    },
  };
}

async function removeManifest(
  call: Call,
  repository: string,
  reference: string,
  { digest }: StoredManifest,
): Promise<Reply> {
  const { repositories } = call.storage;
  const tags = isDigest(reference) ? repositories.tagsOf(repository, digest) : [reference];
  for (const tag of tags) await repositories.apply({ kind: "tag", repository, tag, digest: undefined });
  if (isDigest(reference)) {
    await repositories.apply({ kind: "manifest", repository, digest, manifest: undefined });
    await call.storage.discardUnused(digest);
  }
  return { status: 202, headers: {} };
}

async function readManifest(call: Call): Promise<Uint8Array> {
  try {
    return await readAll(call.body, manifestSizeLimit);
  } catch (error) {
    if (error instanceof StoreError && error.code === "TOO_LARGE") {
      throw new ProtocolError(413, "SIZE_INVALID", `a manifest may have ${manifestSizeLimit} bytes`);
    }
    throw error;
  }
}

function parse(bytes: Uint8Array, mediaType: string | undefined): ManifestDocument {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (error instanceof OciError) throw new ProtocolError(400, "MANIFEST_INVALID", error.message);
    throw error;
  }
}

function requireChildren(call: Call, repository: string, document: ManifestDocument): void {
  const { repositories } = call.storage;
  const missing = (digest: Digest): ProtocolError =>
    new ProtocolError(
      404,
      "MANIFEST_BLOB_UNKNOWN",
      `the repository does not have ${digest}, which the manifest names`,
    );
  if (document.kind === "index") {
    for (const { digest } of document.index.manifests)
      if (repositories.manifest(repository, digest) === undefined) throw missing(digest);
    return;
  }
  const { config, layers } = document.manifest;
  for (const { digest, urls } of [config, ...layers]) {
    // Layers with URLs may be kept elsewhere.
    if (urls === undefined && !repositories.hasBlob(repository, digest)) throw missing(digest);
  }
}

function describe(
  document: ManifestDocument,
  bytes: Uint8Array,
  digest: Digest,
  announced: string,
): StoredManifest {
  const body = document.kind === "index" ? document.index : document.manifest;
  const own = {
    mediaType: announced === "" ? (body.mediaType ?? "") : announced,
    digest,
    size: bytes.length,
  };
  if (body.subject === undefined) return own;
  const artifactType =
    body.artifactType ?? (document.kind === "manifest" ? document.manifest.config.mediaType : undefined);
  return {
    ...own,
    subject: body.subject.digest,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(body.annotations === undefined ? {} : { annotations: body.annotations }),
  };
}
