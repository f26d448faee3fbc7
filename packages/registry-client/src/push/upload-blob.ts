// Pushes a blob: small ones in one PUT, others in one streaming PATCH, which no registry is slow at. When a
// proxy refuses a body that large (413), in chunks. A failed upload is begun anew, never blindly resumed.
import { createHasher, type Digest } from "@tsbuild/oci";
import { verify, type Bytes, type ExpectedBlob, type WrittenBlob } from "@tsbuild/store";
import { isPassingFailure } from "../http/passing-failure.ts";
import { bodyOf, type HttpResponse } from "../http/message.ts";
import { findContent, type FoundContent } from "../pull/find-content.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";
import { readHead } from "./read-head.ts";
import { appendInChunks } from "./append-in-chunks.ts";
import { UploadSource, type UploadBytes } from "./source.ts";
import { UploadSession } from "./upload-session.ts";

const smallBytes = 1024 * 1024;
/** Statuses by which registries say that the upload is gone or at another offset: begin anew. */
const lostUpload = new Set([404, 416]);

type Manner = "stream" | "chunks";

/**
 * Uploads and verifies on the way: the registry is never told to keep bytes that are not the expected ones.
 * Tries again when the registry fails, as long as `bytes` can be had again.
 */
export async function uploadBlob(
  context: RepositoryContext,
  bytes: UploadBytes,
  expected: ExpectedBlob | undefined,
  signal?: AbortSignal,
): Promise<WrittenBlob> {
  const { host } = context;
  const source = new UploadSource(bytes, (raw) => (expected === undefined ? raw : verify(raw, expected)));
  let manner: Manner = "stream";
  let first: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await uploadOnce(context, source, expected, manner, signal);
    } catch (error) {
      signal?.throwIfAborted();
      // A source that cannot start anew shows it by other bytes: the failure before is the one that counts.
      if (source.failure !== undefined) throw first ?? source.failure.error;
      const isTooLarge = error instanceof RegistryError && error.status === 413 && manner === "stream";
      if (!source.isRepeatable || attempt >= host.retry.attempts || !(isTooLarge || isWorthAnotherTry(error)))
        throw error;
      first = error;
      if (isTooLarge) manner = "chunks";
      else await host.pause(attempt, signal);
      // The answer may have been lost, not the bytes.
      const arrived = expected === undefined ? undefined : await findBlob(context, expected, signal);
      if (expected !== undefined && arrived?.size !== undefined)
        return { digest: expected.digest, size: arrived.size };
    }
  }
}

function findBlob(
  context: RepositoryContext,
  { digest, size }: ExpectedBlob,
  signal: AbortSignal | undefined,
): Promise<FoundContent | undefined> {
  return findContent(context, { digest, size }, signal);
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof RegistryError && error.status !== undefined && lostUpload.has(error.status)) {
    return error.method === "PATCH" || error.method === "PUT";
  }
  return isPassingFailure(error);
}

async function uploadOnce(
  context: RepositoryContext,
  source: UploadSource,
  expected: ExpectedBlob | undefined,
  manner: Manner,
  signal: AbortSignal | undefined,
): Promise<WrittenBlob> {
  const counted = count(source.open(), expected?.digest);
  // Reading before asking: a source that fails at once costs the registry nothing.
  const head = await readHead(counted.bytes, smallBytes);
  let session: UploadSession | undefined;
  try {
    session = await UploadSession.start(context, signal);
    if (head.isWhole) {
      const digest = counted.digest();
      return await finish(context, session, digest, counted.size(), head.start, signal);
    }
    if (manner === "chunks") await appendInChunks(session, head.all(), signal);
    else
      await session.append(
        { repeatable: false, open: () => head.all(), ...sizeOf(expected) },
        undefined,
        signal,
      );
    return await finish(context, session, counted.digest(), counted.size(), undefined, signal);
  } catch (error) {
    const isConnected = source.failure !== undefined || !isPassingFailure(error);
    if (signal?.aborted !== true && isConnected) await session?.cancel();
    throw error;
  } finally {
    await head.close();
  }
}

function sizeOf(expected: ExpectedBlob | undefined): { size?: number } {
  return expected?.size === undefined ? {} : { size: expected.size };
}

async function finish(
  context: RepositoryContext,
  session: UploadSession,
  digest: Digest,
  size: number,
  whole: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<WrittenBlob> {
  const response = await session.finish(digest, whole === undefined ? undefined : bodyOf(whole), signal);
  await confirm(context, response, digest, size, signal);
  return { digest, size };
}

/** A registry that does not name the digest it has stored is asked once whether it has ours. */
async function confirm(
  context: RepositoryContext,
  response: HttpResponse,
  digest: Digest,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stored = response.header("docker-content-digest");
  if (stored === digest) return;
  const reason =
    stored !== undefined
      ? `the registry stored it as ${stored.slice(0, 140)}`
      : (await findBlob(context, { digest, size }, signal)) !== undefined
        ? undefined
        : "the registry accepted it, and then does not have it";
  if (reason === undefined) return;
  throw new RegistryError(
    stored === undefined ? "PROTOCOL" : "DIGEST_MISMATCH",
    `Cannot push blob ${digest} to ${context.name}: ${reason}`,
    {
      method: "PUT",
      url: response.url,
      status: response.status,
    },
  );
}

/** Counts what passes and, when nobody knows the digest yet, computes it. */
function count(source: Bytes, known: Digest | undefined): { bytes: Bytes; digest(): Digest; size(): number } {
  const hasher = known === undefined ? createHasher() : undefined;
  let size = 0;
  async function* counting(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      size += chunk.length;
      hasher?.update(chunk);
      yield chunk;
    }
  }
  return { bytes: counting(), size: () => size, digest: () => known ?? (hasher ?? createHasher()).digest() };
}
