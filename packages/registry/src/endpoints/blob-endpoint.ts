// GET, HEAD and DELETE of a blob. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
import type { Digest } from "@tsbuild/oci";
import type { Call } from "../call.ts";
import { ProtocolError } from "../protocol-error.ts";
import type { Reply } from "../reply.ts";

export async function serveBlob(call: Call, repository: string, digest: Digest): Promise<Reply> {
  const { repositories, shelf } = call.storage;
  const size = repositories.hasBlob(repository, digest) ? await shelf.size(digest) : undefined;
  if (size === undefined) throw new ProtocolError(404, "BLOB_UNKNOWN", "the repository has no such blob");
  if (call.method === "DELETE") {
    await repositories.apply({ kind: "blob", repository, digest, isThere: false });
    await call.storage.discardUnused(digest);
    return { status: 202, headers: {} };
  }
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    etag: `"${digest}"`,
  };
  const range = parseRange(call.header("range"), size);
  if (range === undefined)
    return { status: 200, headers, body: { size, bytes: shelf.read(digest, 0, size) } };
  const { start, end } = range;
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end - 1}/${size}` },
    body: { size: end - start, bytes: shelf.read(digest, start, end) },
  };
}

/** One range; several, or another unit, are ignored as RFC 9110 allows. `end` is exclusive. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start < end) return { start, end };
  throw new ProtocolError(416, "RANGE_INVALID", "the blob has no such range", {
    "content-range": `bytes */${size}`,
  });
}
