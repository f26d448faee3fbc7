// The body of a request, as a fault lets it arrive.
import type { IncomingMessage } from "node:http";
import type { Bytes } from "@tsbuild/store";
import { CutConnection } from "./bend-reply.ts";
import type { Fault } from "./faults.ts";

/** @param gone aborted when the client has gone */
export function receiveBody(request: IncomingMessage, fault: Fault | undefined, gone: AbortSignal): Bytes {
  if (fault?.kind === "stall-request") return waiting(gone);
  if (fault?.kind === "disconnect-request") return cutAfter(request, fault.afterBytes);
  return request;
}

async function* waiting(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
  yield* [];
  throw new CutConnection();
}

async function* cutAfter(request: Bytes, limit: number): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const chunk of request) {
    seen += chunk.length;
    if (seen >= limit) throw new CutConnection();
    yield chunk;
  }
}
