// The name of an image, `registry/repository:tag@digest`, by Docker's grammar and with its defaults.
// https://github.com/distribution/reference/blob/v0.6.0/reference.go
import type { Digest } from "./digest.ts";
import { parseDigest } from "./digest.ts";
import { OciError, quote } from "./oci-error.ts";

/** A full name. `repository` of a Docker official image begins with `library/`. */
export interface Reference {
  registry: string;
  repository: string;
  tag?: string;
  digest?: Digest;
}

const dockerHub = "docker.io";
const dockerHubOfOld = "index.docker.io";
const official = "library/";

const hostLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const host = `(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])`;
const pathPart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

const registryForm = anchored(`${host}(?::[0-9]+)?`);
const repositoryForm = anchored(`${pathPart}(?:/${pathPart})*`);
const tagForm = anchored("\\w[\\w.-]{0,127}");
const imageId = anchored("[a-f0-9]{64}");
const longestRepository = 255;

/**
 * Parses a name as Docker does: `busybox` is `docker.io/library/busybox`, `index.docker.io` is `docker.io`,
 * and the first part is a registry only if it has a dot, a colon or an upper-case letter, or is `localhost`.
 * No tag is added: see {@link withDefaultTag}.
 *
 * @throws {OciError} `REFERENCE_INVALID`, or `DIGEST_INVALID` for what follows the `@`.
 */
export function parseReference(text: string): Reference {
  if (text === "") throw invalid(text, "it is empty");
  if (text.length > 4096) throw invalid(text, "it is longer than 4096 characters");
  if (imageId.test(text)) throw invalid(text, "64 hexadecimal digits are an image's ID, not a name");

  const at = text.indexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  const { registry, rest } = splitRegistry(name);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const repository = registry === dockerHub && !path.includes("/") ? official + path : path;

  if (!registryForm.test(registry)) throw invalid(text, `${quote(registry)} is not a registry's host`);
  if (path.toLowerCase() !== path) throw invalid(text, "the repository's name must be lower case");
  if (!repositoryForm.test(path)) throw invalid(text, `${quote(path)} is not a repository's name`);
  if (repository.length > longestRepository)
    throw invalid(text, `the repository's name is longer than ${longestRepository} characters`);

  const reference: Reference = { registry, repository };
  if (colon >= 0) reference.tag = parseTag(text, rest.slice(colon + 1));
  if (at >= 0) reference.digest = parseDigest(text.slice(at + 1));
  return reference;
}

/** The same name with the tag `latest` when it had neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** The full name: `docker.io/library/busybox:1@sha256:...`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The short name that people type: `busybox:1`. Parsing it gives the same reference again. */
export function formatFamiliar(reference: Reference): string {
  const { registry, repository } = reference;
  if (registry !== dockerHub) return formatReference(reference);
  const path = repository.startsWith(official) ? repository.slice(official.length) : repository;
  const short = (path.includes("/") ? repository : path) + suffix(reference);
  // `docker.io/library/localhost/x` must not come back as the registry `localhost`.
  return splitRegistry(short).registry === dockerHub && !imageId.test(short)
    ? short
    : formatReference(reference);
}

function splitRegistry(name: string): { registry: string; rest: string } {
  const slash = name.indexOf("/");
  if (slash < 0) return { registry: dockerHub, rest: name };
  const first = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  if (first === dockerHubOfOld) return { registry: dockerHub, rest };
  const isHost = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  return isHost ? { registry: first, rest } : { registry: dockerHub, rest: name };
}

function parseTag(text: string, tag: string): string {
  if (tagForm.test(tag)) return tag;
  throw invalid(text, `${quote(tag)} is not a tag (letters, digits, "_", "." and "-", at most 128)`);
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function anchored(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function invalid(text: string, reason: string): OciError {
  return new OciError("REFERENCE_INVALID", `Cannot parse image name ${quote(text)}: ${reason}`);
}
