// What travels between the layers of this package: a request whose body may be opened again, and a response
// whose body must be read or thrown away.
import type { AddressRule } from "./address-rule.ts";

/** A request body. `open` may be called again only when `repeatable`. */
export interface RequestBody {
  /** Bytes, when known; then sent as Content-Length, else the body is chunked. */
  readonly size?: number;
  readonly repeatable: boolean;
  open(): AsyncIterable<Uint8Array> | Uint8Array;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Milliseconds until the response's headers must be there, counted from the end of the request. */
  readonly headersTimeoutMs?: number;
  /** Which addresses the socket may go to; all when absent. */
  readonly addressRule?: AddressRule;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the response came from, after redirects. */
  readonly url: URL;
  /** A header by its lower-case name; repeated ones joined by ", ". */
  header(name: string): string | undefined;
  /** The body, once. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Throws the rest of the body away: reads it when it is small, else closes the connection. Never throws. */
  discard(): Promise<void>;
}

/** A body that is already in memory. */
export function bodyOf(bytes: Uint8Array): RequestBody {
  return { size: bytes.length, repeatable: true, open: () => bytes };
}

/** Reads a response's body, but not more than `limit` bytes; `undefined` when there is more. The connection is free after. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}
