// Starts the thread that reads a context and talks to it: one request at a time, each with one answer.
import module from "node:module";
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
  #worker: Worker | undefined;
  /** What a new thread has to be told first. */
  #scanned: Extract<ReaderRequest, { kind: "adopt" }> | undefined;
  #waiting: Waiting | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #end: ContextError | undefined;

  async request(request: ReaderRequest, options: RequestOptions = {}): Promise<ReaderReply> {
    const before = this.#last;
    const answer = (async () => {
      await before.catch(() => undefined); // told to whoever asked for it
      return this.#ask(request, options);
    })();
    this.#last = answer;
    return answer;
  }

  async rest(): Promise<void> {
    await this.#last.catch(() => undefined); // told to whoever asked for it
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    worker.removeAllListeners();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.ref();
    worker.postMessage("end", []);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rest();
  }

  async #ask(request: ReaderRequest, options: RequestOptions): Promise<ReaderReply> {
    options.signal?.throwIfAborted();
    if (this.#end !== undefined) throw this.#end;
    if (this.#worker === undefined) {
      this.#worker = this.#start();
      if (this.#scanned !== undefined) await this.#send(this.#worker, this.#scanned, options);
    }
    const reply = await this.#send(this.#worker, request, options);
    if (request.kind === "scan" && reply.kind === "scanned") {
      this.#scanned = { kind: "adopt", scan: request, context: reply.context };
    }
    return reply;
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(), {
      workerData: { compileCache: module.getCompileCacheDir() },
    });
    // An idle reader keeps no program alive.
    worker.unref();
    worker.on("message", (reply: ReaderReply) => this.#onReply(reply));
    worker.on("error", (cause) => this.#onEnd(cause));
    worker.on("exit", () => this.#onEnd(undefined));
    return worker;
  }

  async #send(
    worker: Worker,
    request: ReaderRequest,
    { signal, report }: RequestOptions,
  ): Promise<ReaderReply> {
    worker.ref();
    let abort: (() => void) | undefined;
    try {
      const reply = await new Promise<ReaderReply>((resolve, reject) => {
        this.#waiting = { resolve, reject, report };
        abort = () => {
          reject(signal?.reason);
          this.#onEnd(signal?.reason);
          this.#worker = undefined;
          void worker.terminate();
        };
        signal?.addEventListener("abort", abort, { once: true });
        worker.postMessage(request, []);
      });
      if (reply.kind !== "failed") return reply;
      throw reply.code === undefined
        ? new TypeError(reply.message)
        : new ContextError(reply.code, reply.message, reply.facts);
    } finally {
      this.#waiting = undefined;
      if (abort !== undefined) signal?.removeEventListener("abort", abort);
      worker.unref();
    }
  }

  #onReply(reply: ReaderReply): void {
    if (reply.kind === "progress") this.#waiting?.report?.(reply.progress);
    else this.#waiting?.resolve(reply);
  }

  #onEnd(cause: unknown): void {
    this.#worker = undefined;
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
