// How every document of this package is read: strict JSON, checked against its shape, and returned as it came,
// so that members nobody here knows survive in their order.
import type { JsonValue } from "./json.ts";
import { parseJson } from "./json.ts";
import type { OciErrorCode } from "./oci-error.ts";
import { OciError, quote } from "./oci-error.ts";
import type { Shape } from "./shape.ts";

/** What a document is, for limits and messages. */
export interface DocumentKind {
  code: OciErrorCode;
  noun: string;
  /** The most bytes that are read. */
  limit: number;
}

/** Strict JSON whose value is an object. */
export function parseObject(bytes: Uint8Array, kind: DocumentKind): { [key: string]: JsonValue } {
  let value: JsonValue;
  try {
    value = parseJson(bytes, kind.limit);
  } catch (error) {
    if (error instanceof OciError) throw invalidDocument(kind, error.message, error.cause);
    throw error;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw invalidDocument(kind, "it is not a JSON object");
  return value;
}

/** Throws unless `value` has the shape. */
export function check(value: unknown, shape: Shape, kind: DocumentKind): void {
  const fault = shape(value);
  if (fault !== undefined) throw invalidDocument(kind, `at ${quote(fault.path.join("."))}, ${fault.reason}`);
}

export function invalidDocument(kind: DocumentKind, reason: string, cause?: unknown): OciError {
  const options = cause === undefined ? undefined : { cause };
  return new OciError(kind.code, `Cannot read ${kind.noun}: ${reason}`, options);
}
