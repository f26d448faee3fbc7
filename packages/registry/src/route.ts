// A request's path, read once, into what it asks for. Nothing that is not a valid name, tag or digest gets
// past here, so none of them can be a path of another kind later.
import { isDigest, type Digest } from "@tsbuild/oci";
import { ProtocolError } from "./protocol-error.ts";

export type Route =
  | { readonly kind: "version" }
  | { readonly kind: "token" }
  | { readonly kind: "catalog" }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: Digest }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly id: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: Digest };

const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const namePattern = new RegExp(`^${part}(?:/${part})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const uploadId = /^[0-9a-f-]{36}$/;
const longestName = 255;

/** Where clients with a bearer challenge ask for their token. */
export const tokenPath = "/token";

/** @returns `undefined` for paths that are not the registry's */
export function parseRoute(pathname: string): Route | undefined {
  if (pathname === "/v2/" || pathname === "/v2") return { kind: "version" };
  if (pathname === tokenPath) return { kind: "token" };
  if (pathname === "/v2/_catalog") return { kind: "catalog" };
  // The last pair of segments decides: repositories may be called "blobs" or "manifests".
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(pathname);
  if (upload !== null) return uploadRoute(upload[1] ?? "", upload[2] ?? "");
  const other = /^\/v2\/(.+)\/(blobs|manifests|referrers|tags)\/([^/]+)$/.exec(pathname);
  if (other === null) return undefined;
  const repository = checkName(other[1] ?? "");
  const last = decode(other[3] ?? "");
  switch (other[2] ?? "") {
    case "blobs":
      return { kind: "blob", repository, digest: checkDigest(last) };
    case "referrers":
      return { kind: "referrers", repository, digest: checkDigest(last) };
    case "manifests":
      return {
        kind: "manifest",
        repository,
        reference: last.includes(":") ? checkDigest(last) : checkTag(last),
      };
    default:
      return last === "list" ? { kind: "tags", repository } : undefined;
  }
}

function uploadRoute(name: string, id: string): Route {
  const repository = checkName(name);
  if (id === "") return { kind: "uploads", repository };
  if (!uploadId.test(id)) throw new ProtocolError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  return { kind: "upload", repository, id };
}

/** @throws ProtocolError `NAME_INVALID` */
function checkName(name: string): string {
  if (name.length <= longestName && namePattern.test(name)) return name;
  throw new ProtocolError(400, "NAME_INVALID", "not a repository's name");
}

/** @throws ProtocolError `DIGEST_INVALID` */
export function checkDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ProtocolError(400, "DIGEST_INVALID", "not a sha256 or sha512 digest");
}

function checkTag(text: string): string {
  if (tagPattern.test(text)) return text;
  throw new ProtocolError(400, "MANIFEST_INVALID", "not a tag");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
