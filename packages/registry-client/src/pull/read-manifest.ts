// Manifests: what a tag stands for, and the bytes. A digest is always computed from the body; the registry's
// Docker-Content-Digest only says what to ask for next (regclient CVE-2025-24882).
import {
  digestOf,
  isDigest,
  manifestSizeLimit,
  mediaTypes,
  parseManifest,
  type Descriptor,
  type Digest,
} from "@tsbuild/oci";
import { verify, type Bytes } from "@tsbuild/store";
import { isManifestContent, manifestPath } from "../content-path.ts";
import { readBody, type HttpResponse } from "../http/message.ts";
import { isPassingFailure } from "../http/passing-failure.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";

const accepted = [
  mediaTypes.ociIndex,
  mediaTypes.dockerIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
];

/**
 * What a tag or digest stands for, or `undefined`. Asks by HEAD, which registries do not count as a pull, and
 * reads the manifest only when the answer is incomplete. The type is the registry's word: parse the bytes
 * with it.
 */
export async function resolveManifest(
  context: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const response = await askManifest(context, "HEAD", reference, accepted, [200, 404, 405], signal);
  await response.discard();
  if (response.status === 404) return undefined;
  const described = response.status === 200 ? describeByHeaders(response) : undefined;
  if (described === undefined) return resolveByBody(context, reference, signal);
  if (isDigest(reference) && described.digest !== reference)
    throw wrongDigest(context, reference, described.digest, response);
  return described;
}

/** The bytes of a manifest, verified against the descriptor. */
export function readManifest(context: RepositoryContext, manifest: Descriptor, signal?: AbortSignal): Bytes {
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    if (manifest.size > manifestSizeLimit) throw tooLarge(context, manifest.digest);
    yield (await fetchManifest(context, manifest.digest, [manifest.mediaType], signal)).bytes;
  }
  return verify({ [Symbol.asyncIterator]: read }, manifest);
}

async function resolveByBody(
  context: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const { bytes, response } = await fetchManifest(context, reference, accepted, signal);
  const digest = digestOf(bytes, reference.startsWith("sha512:") ? "sha512" : "sha256");
  if (isDigest(reference) && digest !== reference) throw wrongDigest(context, reference, digest, response);
  const announced = mediaTypeOf(response);
  const mediaType = isManifestContent(announced) ? announced : undefined;
  const document = parseManifest(bytes, mediaType);
  const own = document.kind === "index" ? document.index.mediaType : document.manifest.mediaType;
  const fallback = document.kind === "index" ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  return { mediaType: mediaType ?? own ?? fallback, digest, size: bytes.length };
}

function describeByHeaders(response: HttpResponse): Descriptor | undefined {
  const mediaType = mediaTypeOf(response);
  const digest = response.header("docker-content-digest");
  const size = Number(response.header("content-length"));
  if (mediaType === undefined || !isManifestContent(mediaType)) return undefined;
  if (digest === undefined || !isDigest(digest) || !Number.isSafeInteger(size) || size <= 0) return undefined;
  return { mediaType, digest, size };
}

function mediaTypeOf(response: HttpResponse): string | undefined {
  return response.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
}

/** A body that breaks off is asked for again: manifests are small. */
async function fetchManifest(
  context: RepositoryContext,
  reference: string,
  accept: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ bytes: Buffer; response: HttpResponse }> {
  const { host } = context;
  for (let attempt = 1; ; attempt += 1) {
    const response = await askManifest(context, "GET", reference, accept, [200], signal);
    try {
      const bytes = await readBody(response, manifestSizeLimit);
      if (bytes === undefined) throw tooLarge(context, reference);
      return { bytes, response };
    } catch (error) {
      if (attempt >= host.retry.attempts || !isPassingFailure(error))
        throw host.translate(error, "GET", response.url, signal);
      await host.pause(attempt, signal);
    }
  }
}

async function askManifest(
  { host, repository, name }: RepositoryContext,
  method: "GET" | "HEAD",
  reference: string,
  accept: readonly string[],
  expect: readonly number[],
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  return host.ask({
    method,
    target: manifestPath(repository, reference),
    scopes: [{ repository, access: "pull" }],
    expect,
    action: `${method === "HEAD" ? "resolve" : "pull"} ${nameWith(name, reference)}`,
    headers: { accept: accept.join(", "), "accept-encoding": "identity" },
    ...(signal === undefined ? {} : { signal }),
  });
}

function nameWith(name: string, reference: string): string {
  return `${name}${reference.includes(":") ? "@" : ":"}${reference}`;
}

function wrongDigest(
  { name }: RepositoryContext,
  asked: Digest,
  actual: Digest,
  response: HttpResponse,
): RegistryError {
  return new RegistryError(
    "DIGEST_MISMATCH",
    `Cannot resolve ${name}@${asked}: the registry answers with ${actual}`,
    {
      url: response.url,
      status: response.status,
    },
  );
}

function tooLarge({ name }: RepositoryContext, reference: string): RegistryError {
  return new RegistryError(
    "TOO_LARGE",
    `Cannot pull the manifest ${nameWith(name, reference)}: it is larger than 4 MiB`,
  );
}
