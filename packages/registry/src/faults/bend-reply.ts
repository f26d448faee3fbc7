// How a fault changes a reply before it is sent.
import { setTimeout as sleep } from "node:timers/promises";
import type { Bytes } from "@tsbuild/store";
import { bodySize, type Reply } from "../reply.ts";
import type { Fault } from "./faults.ts";

/** Thrown inside a body: the server cuts the connection. */
export class CutConnection extends Error {}

/** A reply as it is sent: `isChunked` when no Content-Length is to be given. */
export interface BentReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes | undefined;
  readonly isChunked: boolean;
}

/** @param gone aborted when the client has gone, so that silence ends */
export function bendReply(reply: Reply, fault: Fault | undefined, gone: AbortSignal): BentReply {
  const plain: BentReply = {
    status: reply.status,
    headers: { "content-length": String(bodySize(reply)), ...reply.headers },
    body: bytesOf(reply),
    isChunked: false,
  };
  const body = plain.body ?? none();
  if (fault === undefined) return plain;
  switch (fault.kind) {
    case "disconnect":
      return { ...plain, body: firstBytes(body, fault.afterBytes, cut) };
    case "stall":
      return { ...plain, body: firstBytes(body, fault.afterBytes, () => silence(gone)) };
    case "slow":
      return { ...plain, body: inPieces(body, fault.chunkBytes, fault.pauseMs, gone) };
    case "corrupt":
      return { ...plain, body: corrupted(body, fault.offset) };
    case "append":
      return { ...plain, body: followedBy(body, fault.bytes), isChunked: true };
    case "truncate":
      return { ...plain, body: firstBytes(body, fault.bytes, async () => {}), isChunked: true };
    case "headers":
      return { ...plain, headers: replaced(plain.headers, fault.headers) };
    // These have happened before there is a reply.
    case "status":
    case "redirect":
    case "expire-upload":
    case "ignore-range":
    case "stall-request":
    case "disconnect-request":
    default:
      return plain;
  }
}

function bytesOf({ body }: Reply): Bytes | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "string") return one(Buffer.from(body));
  return body instanceof Uint8Array ? one(body) : body.bytes;
}

function replaced(
  headers: Readonly<Record<string, string>>,
  by: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const all: Record<string, string | undefined> = { ...headers, ...by };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function cut(): Promise<void> {
  throw new CutConnection();
}

async function silence(gone: AbortSignal): Promise<void> {
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
  throw new CutConnection();
}

async function* none(): AsyncGenerator<Uint8Array, void, undefined> {}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* firstBytes(
  body: Bytes,
  limit: number,
  then: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = limit;
  if (left > 0) {
    for await (const chunk of body) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) break;
    }
  }
  await then();
}

async function* inPieces(
  body: Bytes,
  chunkBytes: number,
  pauseMs: number,
  gone: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      yield chunk.subarray(at, at + chunkBytes);
      await sleep(pauseMs, undefined, { signal: gone }).catch(cut);
    }
  }
}

async function* corrupted(body: Bytes, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const chunk of body) {
    const index = offset - at;
    at += chunk.length;
    if (index < 0 || index >= chunk.length) yield chunk;
    else yield Uint8Array.from(chunk, (byte, i) => (i === index ? byte ^ 1 : byte));
  }
}

async function* followedBy(body: Bytes, more: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield* body;
  yield more;
}
