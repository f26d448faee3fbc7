// An image's manifest, or the index of several, from bytes that a stranger sent. A body has one reading or
// none: what its members say, what it calls itself and what it was called must agree (CVE-2021-41190).
// https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
import type { Descriptor } from "./descriptor.ts";
import { descriptorShape } from "./descriptor.ts";
import type { DocumentKind } from "./document.ts";
import { check, invalidDocument, parseObject } from "./document.ts";
import type { JsonValue } from "./json.ts";
import { isIndexType, isManifestType } from "./media-types.ts";
import { quote } from "./oci-error.ts";
import { exactly, listOf, objectWith, recordOf, text } from "./shape.ts";

/** One image (or artifact). Fields that this package does not know survive. */
export interface Manifest {
  schemaVersion: 2;
  mediaType?: string;
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
  subject?: Descriptor;
}

/** Several images, usually one for each platform. Fields that this package does not know survive. */
export interface Index {
  schemaVersion: 2;
  mediaType?: string;
  artifactType?: string;
  manifests: Descriptor[];
  annotations?: Record<string, string>;
  subject?: Descriptor;
}

export type ManifestDocument = { kind: "manifest"; manifest: Manifest } | { kind: "index"; index: Index };

/** The longest manifest or index that is read, in bytes. */
export const manifestSizeLimit: number = 4 << 20;

const document: DocumentKind = { code: "MANIFEST_INVALID", noun: "manifest", limit: manifestSizeLimit };

const common = {
  mediaType: text,
  artifactType: text,
  annotations: recordOf(text),
  subject: descriptorShape,
};
const manifestMembers = {
  schemaVersion: exactly(2),
  config: descriptorShape,
  layers: listOf(descriptorShape),
};
const indexMembers = { schemaVersion: exactly(2), manifests: listOf(descriptorShape) };
const knownNames = Object.keys({ ...manifestMembers, ...indexMembers, ...common });

/**
 * Reads a manifest or an index. Its digest is that of `bytes`: never of what comes out here.
 *
 * @param mediaType what the descriptor or the Content-Type header called it; must agree with the body
 * @throws {OciError} `MANIFEST_INVALID`
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): ManifestDocument {
  const body = parseObject(bytes, document);
  refuseOtherCase(body);
  if (body["schemaVersion"] === 1)
    throw refused(
      "it has Docker's schema 1, which is not supported: push the image again with a newer client",
    );

  const kind = kindOf(body);
  check(body, objectWith(kind === "index" ? indexMembers : manifestMembers, common), document);
  checkMediaType(body["mediaType"], kind, mediaType);

  const value: unknown = body; // it has just been checked to be one of the two
  return kind === "index" ? { kind, index: value as Index } : { kind, manifest: value as Manifest };
}

/** Go's parser takes `Layers` for `layers`: a name that differs only in case is two readings. */
function refuseOtherCase(body: { [key: string]: JsonValue }): void {
  for (const key of Object.keys(body)) {
    const known = knownNames.find((name) => name.toLowerCase() === key.toLowerCase());
    if (known !== undefined && known !== key) throw refused(`it spells ${quote(known)} as ${quote(key)}`);
  }
}

function kindOf(body: { [key: string]: JsonValue }): "manifest" | "index" {
  const isIndex = "manifests" in body;
  const isManifest = "layers" in body || "config" in body;
  if (isIndex && isManifest)
    throw refused('it has both "manifests" and "layers" or "config", so it could be read in two ways');
  if (!isIndex && !isManifest) throw refused('it has neither "manifests" nor "layers"');
  return isIndex ? "index" : "manifest";
}

function checkMediaType(own: unknown, kind: "manifest" | "index", given: string | undefined): void {
  const fits = kind === "index" ? isIndexType : isManifestType;
  const called = given?.split(";", 1)[0]?.trim().toLowerCase();
  if (typeof own === "string" && !fits(own))
    throw refused(`its members are those of an ${article(kind)}, its media type is ${quote(own)}`);
  if (called !== undefined && !fits(called))
    throw refused(`its members are those of an ${article(kind)}, it was announced as ${quote(called)}`);
  if (typeof own === "string" && called !== undefined && own !== called)
    throw refused(`its media type is ${quote(own)}, it was announced as ${quote(called)}`);
}

function article(kind: "manifest" | "index"): string {
  return kind === "index" ? "index" : "image manifest";
}

function refused(reason: string): Error {
  return invalidDocument(document, reason);
}
