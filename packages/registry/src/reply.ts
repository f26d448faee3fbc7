// What an endpoint answers, as a value: the server sends it, and a fault may bend it on the way.
import type { Bytes } from "@tsbuild/store";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text or bytes in memory, or a stream with `size` bytes; nothing when absent. */
  readonly body?: string | Uint8Array | { readonly size: number; readonly bytes: Bytes };
}

export function jsonReply(
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  contentType = "application/json",
): Reply {
  return { status: 200, headers: { "content-type": contentType, ...headers }, body: JSON.stringify(value) };
}

/** Length of the body in bytes. */
export function bodySize({ body }: Reply): number {
  if (body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.size;
}
