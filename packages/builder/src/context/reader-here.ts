// Reads small contexts on this thread: to start another would take longer than to read them.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ContextError } from "./context-error.ts";
import { ContextReader } from "./context-reader.ts";
import type { ReaderChannel, ReaderReply, ReaderRequest, RequestOptions } from "./reader-protocol.ts";

const smallEntries = 1000;
const smallBytes = 32 * 1024 * 1024;

/** The same reader as on a thread, without the thread. */
export class ReaderHere implements ReaderChannel {
  readonly #reader = new ContextReader();

  async request(request: ReaderRequest, options: RequestOptions = {}): Promise<ReaderReply> {
    options.signal?.throwIfAborted();
    const reply = this.#reader.answer(request, (progress) => options.report?.(progress));
    if (reply.kind !== "failed") return reply;
    throw reply.code === undefined
      ? new TypeError(reply.message)
      : new ContextError(reply.code, reply.message, reply.facts);
  }

  async rest(): Promise<void> {
    // Nothing is taken.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}

/** Whether the folder has little enough in it. What cannot be read counts as little: the scan will tell. */
export function isSmallContext(folder: string): boolean {
  let entries = 0;
  let bytes = 0;
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const item of readNames(next)) {
      entries += 1;
      if (entries > smallEntries) return false;
      const path = join(next, item.name);
      if (item.isDirectory()) open.push(path);
      else bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > smallBytes) return false;
    }
  }
  return true;
}

function readNames(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
