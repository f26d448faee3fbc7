// The one error class of this package: a value from outside does not follow its specification.

/** What kind of value was refused. */
export type OciErrorCode =
  | "DIGEST_INVALID"
  | "REFERENCE_INVALID"
  | "PLATFORM_INVALID"
  | "JSON_INVALID"
  | "DESCRIPTOR_INVALID"
  | "MANIFEST_INVALID"
  | "CONFIG_INVALID";

/** Thrown when a digest, name, platform or document breaks the rules of its specification. */
export class OciError extends Error {
  readonly code: OciErrorCode;

  constructor(code: OciErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OciError";
    this.code = code;
  }
}

/** Untrusted text for use in a message: quoted, control characters escaped, at most 100 characters. */
export function quote(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 97)}...` : text;
  const plain = /[\u007f-\u009f\u2028\u2029]/g;
  return JSON.stringify(short).replace(plain, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
