// Lists: tags, repositories, and the manifests that refer to one.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-discovery
import { mediaTypes, type Digest } from "@tsbuild/oci";
import type { Call } from "../call.ts";
import { ProtocolError } from "../protocol-error.ts";
import { jsonReply, type Reply } from "../reply.ts";

export function listTags(call: Call, repository: string): Reply {
  const { repositories } = call.storage;
  if (!repositories.exists(repository))
    throw new ProtocolError(404, "NAME_UNKNOWN", "there is no such repository");
  const page = paginate(repositories.tags(repository), call.query, `/v2/${repository}/tags/list`);
  return jsonReply({ name: repository, tags: page.items }, page.headers);
}

/** Docker's extension; only what the client may pull. */
export function listRepositories(call: Call): Reply {
  const names = call.storage.repositories.names().filter((name) => call.permission.allows(name, "pull"));
  const page = paginate(names, call.query, "/v2/_catalog");
  return jsonReply({ repositories: page.items }, page.headers);
}

/** An index, empty when nothing refers to the digest or it is not here. */
export function listReferrers(call: Call, repository: string, digest: Digest): Reply {
  const wanted = call.query.get("artifactType");
  const all = call.storage.repositories.referrers(repository, digest);
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return jsonReply(
    index,
    wanted === null ? {} : { "oci-filters-applied": "artifactType" },
    mediaTypes.ociIndex,
  );
}

/** `n` items after `last`, with a link to the rest. */
function paginate(
  items: readonly string[],
  query: URLSearchParams,
  path: string,
): { items: string[]; headers: Record<string, string> } {
  const last = query.get("last");
  const after = last === null ? [...items] : items.filter((item) => item > last);
  const asked = query.get("n");
  if (asked === null) return { items: after, headers: {} };
  if (!/^\d{1,9}$/.test(asked)) throw new ProtocolError(400, "UNSUPPORTED", "n is not a number");
  const page = after.slice(0, Number(asked));
  const end = page.at(-1);
  if (end === undefined || page.length === after.length) return { items: page, headers: {} };
  const next = new URLSearchParams({ n: asked, last: end });
  return { items: page, headers: { link: `<${path}?${next.toString()}>; rel="next"` } };
}
