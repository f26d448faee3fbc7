// Uploads: begun by POST (or done at once by it, or by mounting), continued by PATCH, ended by PUT.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
import { isDigest, type Digest } from "@tsbuild/oci";
import type { Call } from "../call.ts";
import { ProtocolError } from "../protocol-error.ts";
import type { Reply } from "../reply.ts";
import { checkDigest } from "../route.ts";

/** POST `/blobs/uploads/` */
export async function startUpload(call: Call, repository: string): Promise<Reply> {
  const { uploads } = call.storage;
  const mount = call.query.get("mount");
  const from = call.query.get("from");
  if (mount !== null && isDigest(mount) && (await tryMount(call, repository, mount, from)))
    return created(repository, mount);
  const digest = call.query.get("digest");
  const wanted = digest === null ? undefined : checkDigest(digest);
  const id = await uploads.start(repository);
  if (wanted === undefined) return accepted(repository, id, 0);
  await uploads.append(repository, id, call.body);
  return finish(call, repository, id, wanted);
}

/** GET, PATCH, PUT and DELETE of one upload. */
export async function serveUpload(call: Call, repository: string, id: string): Promise<Reply> {
  const { uploads } = call.storage;
  switch (call.method) {
    case "GET":
      return { ...accepted(repository, id, uploads.size(repository, id)), status: 204 };
    case "PATCH":
      return accepted(repository, id, await append(call, repository, id));
    case "PUT": {
      const digest = checkDigest(call.query.get("digest") ?? "");
      await append(call, repository, id);
      return finish(call, repository, id, digest);
    }
    default:
      await uploads.cancel(repository, id);
      return { status: 204, headers: {} };
  }
}

async function append(call: Call, repository: string, id: string): Promise<number> {
  const { uploads } = call.storage;
  const range = call.header("content-range");
  const start = range === undefined ? undefined : /^(?:bytes )?(\d+)-\d+/.exec(range)?.[1];
  if (range !== undefined && start === undefined)
    throw new ProtocolError(416, "RANGE_INVALID", "Content-Range is not of the form <start>-<end>");
  try {
    return await uploads.append(repository, id, call.body, start === undefined ? undefined : Number(start));
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.status !== 416) throw error;
    // Where to go on: the client may have lost our last answer.
    throw new ProtocolError(
      416,
      "RANGE_INVALID",
      error.message,
      accepted(repository, id, uploads.size(repository, id)).headers,
    );
  }
}

async function finish(call: Call, repository: string, id: string, digest: Digest): Promise<Reply> {
  await call.storage.keepUpload(repository, id, digest, () =>
    call.storage.repositories.apply({ kind: "blob", repository, digest, isThere: true }),
  );
  return created(repository, digest);
}

/** A mount that is not possible or not allowed becomes an upload, without saying which: blobs elsewhere are not probed this way. */
async function tryMount(
  call: Call,
  repository: string,
  digest: Digest,
  from: string | null,
): Promise<boolean> {
  const { repositories } = call.storage;
  const source =
    from ??
    repositories
      .names()
      .find((name) => call.permission.allows(name, "pull") && repositories.hasBlob(name, digest));
  if (
    source === undefined ||
    !call.permission.allows(source, "pull") ||
    !repositories.hasBlob(source, digest)
  )
    return false;
  return call.storage.whileNothingIsDiscarded(async () => {
    if ((await call.storage.shelf.size(digest)) === undefined) return false;
    await repositories.apply({ kind: "blob", repository, digest, isThere: true });
    return true;
  });
}

function accepted(repository: string, id: string, size: number): Reply {
  return {
    status: 202,
    headers: {
      location: `/v2/${repository}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, size - 1)}`,
      "docker-upload-uuid": id,
    },
  };
}

function created(repository: string, digest: Digest): Reply {
  return {
    status: 201,
    headers: { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest },
  };
}
