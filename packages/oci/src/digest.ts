// A digest names bytes by their hash. Only the two registered algorithms, in the one canonical spelling,
// get past this file, so a digest can be used in a path or a URL as it is (CVE-2024-3727).
// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
import { createHash } from "node:crypto";
import { OciError, quote } from "./oci-error.ts";

declare const digestBrand: unique symbol;

/** `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = "sha256" | "sha512";

/** Hashes bytes that arrive in pieces. `digest()` ends it: call it once. */
export interface Hasher {
  update(bytes: Uint8Array | string): void;
  digest(): Digest;
}

const canonical = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether `text` is a digest in canonical form. */
export function isDigest(text: string): text is Digest {
  return canonical.test(text);
}

/** @throws {OciError} `DIGEST_INVALID` for anything but a canonical sha256 or sha512 digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError("DIGEST_INVALID", `Cannot parse digest ${quote(text)}: ${reason(text)}`);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal digits, without the algorithm. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The digest of bytes in memory; text is hashed as UTF-8. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestFromHex(algorithm, createHash(algorithm).update(bytes).digest("hex"));
}

export function createHasher(algorithm: DigestAlgorithm = "sha256"): Hasher {
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => digestFromHex(algorithm, hash.digest("hex")),
  };
}

function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest; // node:crypto gives lower-case hex of the right length
}

function reason(text: string): string {
  const colon = text.indexOf(":");
  if (colon < 0) return "it has no algorithm, such as sha256:";
  const algorithm = text.slice(0, colon);
  if (algorithm !== "sha256" && algorithm !== "sha512")
    return `the algorithm ${quote(algorithm)} is not supported`;
  return `${algorithm} takes ${algorithm === "sha256" ? 64 : 128} lower-case hexadecimal digits`;
}
