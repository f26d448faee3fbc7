// A blob, streamed and verified as a whole. A connection that breaks in the middle is taken up again where
// it broke, by Range; the digest over everything tells whether the parts belong together.
import type { Descriptor } from "@tsbuild/oci";
import { verify, type Bytes } from "@tsbuild/store";
import { blobPath } from "../content-path.ts";
import type { HttpResponse } from "../http/message.ts";
import { isPassingFailure } from "../http/passing-failure.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";

/** A server that gives a few bytes per connection must not keep us for ever. */
const maxResumptions = 100;

/** @throws RegistryError, or StoreError `DIGEST_MISMATCH` / `SIZE_MISMATCH`, while iterating */
export function readBlob(context: RepositoryContext, blob: Descriptor, signal?: AbortSignal): Bytes {
  return verify({ [Symbol.asyncIterator]: () => resuming(context, blob, signal) }, blob);
}

async function* resuming(
  context: RepositoryContext,
  blob: Descriptor,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { host } = context;
  let offset = 0;
  let fruitless = 0;
  for (let resumption = 0; ; resumption += 1) {
    const response = await request(context, blob, offset, signal);
    const before = offset;
    let failure: unknown;
    if (response.status === 416) {
      // It has no more than it sent before.
      await response.discard();
      throw truncated(context, blob, offset, response);
    }
    try {
      let skip = await bytesToSkip(response, blob, offset, context);
      for await (const chunk of response.body) {
        const part = skip > 0 ? chunk.subarray(skip) : chunk;
        skip = Math.max(0, skip - chunk.length);
        if (part.length === 0) continue;
        offset += part.length;
        yield part;
        // `verify` has thrown when there was more than announced: here nothing can be too long.
      }
      failure = truncated(context, blob, offset, response);
    } catch (error) {
      signal?.throwIfAborted();
      failure = host.translate(error, "GET", response.url, signal);
      if (!isPassingFailure(error) && !isPassingFailure(failure)) throw failure;
    }
    // Also when the connection broke after the last byte: a Content-Length may lie.
    if (offset >= blob.size) return;
    fruitless = offset > before ? 1 : fruitless + 1;
    if (fruitless >= host.retry.attempts || resumption >= maxResumptions) throw failure;
    await host.pause(fruitless, signal);
  }
}

async function request(
  context: RepositoryContext,
  blob: Descriptor,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const { host, repository, name } = context;
  // Compression in transit would make the bytes others than those that the digest names.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (offset > 0) headers["range"] = `bytes=${offset}-${blob.size - 1}`;
  return host.ask({
    method: "GET",
    target: blobPath(repository, blob.digest),
    scopes: [{ repository, access: "pull" }],
    expect: offset > 0 ? [200, 206, 416] : [200],
    action: `pull blob ${blob.digest} of ${name}`,
    headers,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What of the body we have already: everything up to `offset` when the server ignored the range. */
async function bytesToSkip(
  response: HttpResponse,
  blob: Descriptor,
  offset: number,
  { name }: RepositoryContext,
): Promise<number> {
  if (response.status === 200) return offset;
  const start = /^bytes (\d+)-/.exec(response.header("content-range") ?? "")?.[1];
  if (start !== undefined && Number(start) === offset) return 0;
  await response.discard();
  throw new RegistryError(
    "PROTOCOL",
    `Cannot pull blob ${blob.digest} of ${name}: the registry was asked for bytes from ${offset} and sent others`,
    { method: "GET", url: response.url, status: response.status },
  );
}

function truncated(
  { name }: RepositoryContext,
  blob: Descriptor,
  offset: number,
  response: HttpResponse,
): RegistryError {
  return new RegistryError(
    "SIZE_MISMATCH",
    `Cannot pull blob ${blob.digest} of ${name}: the registry sends ${offset} of ${blob.size} bytes`,
    { method: "GET", url: response.url, status: response.status },
  );
}
