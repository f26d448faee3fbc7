// undici's response in our own words.
import type { Dispatcher } from "undici";
import type { HttpResponse } from "./message.ts";

const smallBytes = 64 * 1024;

/** Wraps a response. From here on its body never raises an unhandled error, even when nobody reads it. */
export function responseFrom(
  response: Dispatcher.ResponseData,
  url: URL,
  signal?: AbortSignal,
): HttpResponse {
  const { body } = response;
  // A body that nobody reads any more may still fail when its socket closes.
  body.on("error", () => {});
  return {
    status: response.statusCode,
    url,
    header(name) {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: withAbortReason(body, signal),
    async discard() {
      try {
        await body.dump({ limit: smallBytes });
      } catch {
        body.destroy();
      }
    },
  };
}

async function* withAbortReason(
  body: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
