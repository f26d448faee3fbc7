// Starts the thread that reads a context and talks to it: one request at a time, each with one answer.
import { Worker } from "node:worker_threads";
import { ContextError } from "./context-error.ts";
import type { HashProgress } from "./hash-files.ts";
import type { ReaderChannel, ReaderReply, ReaderRequest, RequestOptions } from "./reader-protocol.ts";

interface Waiting {
  readonly resolve: (reply: ReaderReply) => void;
  readonly reject: (reason: unknown) => void;
  readonly report: ((progress: HashProgress) => void) | undefined;
}

export class ReaderThread implements ReaderChannel {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #end: ContextError | undefined;

  constructor() {
    this.#worker = new Worker(workerUrl(), { execArgv: ["--disable-warning=ExperimentalWarning"] });
    // An idle reader keeps no program alive.
    this.#worker.unref();
    this.#worker.on("message", (reply: ReaderReply) => this.#onReply(reply));
    this.#worker.on("error", (cause) => this.#onEnd(cause));
    this.#worker.on("exit", () => this.#onEnd(undefined));
  }

  async request(request: ReaderRequest, options: RequestOptions = {}): Promise<ReaderReply> {
    const before = this.#last;
    const answer = (async () => {
      await before.catch(() => undefined);
      return this.#send(request, options);
    })();
    this.#last = answer;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  async #send(request: ReaderRequest, { signal, report }: RequestOptions): Promise<ReaderReply> {
    signal?.throwIfAborted();
    if (this.#end !== undefined) throw this.#end;
    this.#worker.ref();
    let abort: (() => void) | undefined;
    try {
      const reply = await new Promise<ReaderReply>((resolve, reject) => {
        this.#waiting = { resolve, reject, report };
        abort = () => {
          reject(signal?.reason);
          this.#onEnd(signal?.reason);
          void this.#worker.terminate();
        };
        signal?.addEventListener("abort", abort, { once: true });
        this.#worker.postMessage(request, []);
      });
      if (reply.kind !== "failed") return reply;
      throw reply.code === undefined
        ? new TypeError(reply.message)
        : new ContextError(reply.code, reply.message, reply.facts);
    } finally {
      this.#waiting = undefined;
      if (abort !== undefined) signal?.removeEventListener("abort", abort);
      this.#worker.unref();
    }
  }

  #onReply(reply: ReaderReply): void {
    if (reply.kind === "progress") this.#waiting?.report?.(reply.progress);
    else this.#waiting?.resolve(reply);
  }

  #onEnd(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : "its thread ended";
    this.#end ??= new ContextError(
      "CONTEXT_READER_DIED",
      `Cannot read the build context: ${reason}`,
      {},
      { cause },
    );
    this.#waiting?.reject(this.#end);
  }
}

/** The entry point beside this file, as source or as built. */
function workerUrl(): URL {
  return new URL(
    import.meta.url.endsWith(".ts") ? "./reader-worker.ts" : "./reader-worker.js",
    import.meta.url,
  );
}
