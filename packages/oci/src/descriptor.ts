// A descriptor: what a blob is, which bytes it has, and how many.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
import type { Digest } from "./digest.ts";
import { isDigest } from "./digest.ts";
import type { DocumentKind } from "./document.ts";
import { check, parseObject } from "./document.ts";
import type { Platform } from "./platform.ts";
import type { Shape } from "./shape.ts";
import { byteCount, listOf, objectWith, recordOf, text, textWhere } from "./shape.ts";

/** Names a blob. Fields that this package does not know survive. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  urls?: string[];
  annotations?: Record<string, string>;
  platform?: Platform;
  artifactType?: string;
  /** The content itself, base64. Never trusted without verification, so never used here. */
  data?: string;
  [unknown: string]: unknown;
}

export const digestText: Shape = textWhere(isDigest, "it is not a lower-case sha256 or sha512 digest");

const platformShape = objectWith(
  { os: text, architecture: text },
  { variant: text, "os.version": text, "os.features": listOf(text) },
);

export const descriptorShape: Shape = objectWith(
  { mediaType: textWhere((type) => type !== "", "it is no media type"), digest: digestText, size: byteCount },
  {
    urls: listOf(text),
    annotations: recordOf(text),
    platform: platformShape,
    artifactType: text,
    data: text,
  },
);

const document: DocumentKind = { code: "DESCRIPTOR_INVALID", noun: "descriptor", limit: 4 << 20 };

/** @throws {OciError} `DESCRIPTOR_INVALID` */
export function parseDescriptor(bytes: Uint8Array): Descriptor {
  const value: unknown = parseObject(bytes, document);
  check(value, descriptorShape, document);
  return value as Descriptor; // it has just been checked
}
