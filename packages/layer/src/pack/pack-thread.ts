// Packs on a thread of its own, which reads files with synchronous calls while this one compresses.
import module from "node:module";
import { Worker } from "node:worker_threads";
import type { Digest } from "@tsbuild/oci";
import { LayerError } from "../layer-error.ts";
import { EntryTable } from "../table/entry-table.ts";
import { blockInRing, closeBlockRing, createBlockRing, releaseBlock } from "./block-ring.ts";
import type { BlockRingMemory } from "./block-ring.ts";
import type { BlockSource } from "./block-source.ts";
import { blockRoom } from "./block-writer.ts";
import { describeError, restoreError } from "./pack-message.ts";
import type { PackAnswer, PackMessage, PackOrder } from "./pack-message.ts";
import type { TarJob, WrittenTar } from "./write-tar.ts";

/** `blocksAhead`: how many blocks may be waiting or in compression; at least 2. */
export function packOnThread(job: TarJob, blocksAhead: number): BlockSource {
  return new PackThread(job, blocksAhead);
}

class PackThread implements BlockSource {
  readonly #job: TarJob;
  readonly #ring: BlockRingMemory;
  readonly #answers = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #worker: Worker;
  readonly #lengths: number[] = [];
  readonly #exited: Promise<void>;
  #taken = 0;
  #closed = false;
  #tar: WrittenTar | undefined;
  #error: Error | undefined;
  #waiting: (() => void) | undefined;

  constructor(job: TarJob, blocksAhead: number) {
    this.#job = job;
    this.#ring = createBlockRing(blocksAhead, blockRoom(job.blocks));
    const workerData: PackOrder = {
      parts: job.table.parts(),
      blocks: job.blocks,
      hashContents: job.hashContents,
      clampMtimeSec: job.clampMtimeSec,
      ring: this.#ring,
      compileCache: module.getCompileCacheDir(),
      answers: this.#answers,
    };
    const url = new URL(import.meta.resolve("@tsbuild/layer/pack-worker")); // of src or of dist
    this.#worker = new Worker(url, { workerData, name: "tsbuild pack" });
    this.#worker.on("message", (message: PackMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(stopped(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#fail(stopped());
        resolve();
      });
    });
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#error && !this.#tar) throw this.#error;
      if (this.#lengths.length > 0) break;
      if (this.#tar) return undefined;
      // oxlint-disable-next-line no-await-in-loop -- waits for the thread
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    const length = this.#lengths.shift() ?? 0;
    return blockInRing(this.#ring, this.#taken++, length);
  }

  release(): void {
    releaseBlock(this.#ring);
  }

  finish(): WrittenTar {
    if (!this.#tar) throw new TypeError("Cannot finish packing: blocks are left");
    return this.#tar;
  }

  /**
   * Asks the thread to stop and waits until it has; not when it has nothing left to read. Not
   * `Worker.terminate`: ending an isolate that runs has crashed the whole process ("Check failed:
   * jit_page.has_value()"), and it ends no system call earlier.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#fail(stopped());
      closeBlockRing(this.#ring);
      this.#countAnswer();
    }
    if (!this.#tar) await this.#exited;
  }

  #receive(message: PackMessage): void {
    switch (message.kind) {
      case "block":
        this.#lengths.push(message.length);
        break;
      case "question":
        this.#answer(message.diffId);
        break;
      case "done":
        this.#tar = {
          diffId: message.diffId,
          tarSize: message.tarSize,
          table: EntryTable.fromParts(message.parts),
        };
        break;
      case "failed":
        this.#error ??= restoreError(message.error);
        break;
    }
    this.#wake();
  }

  #answer(diffId: Digest): void {
    let answer: PackAnswer;
    try {
      answer = { path: this.#job.layerFile(diffId) };
    } catch (error) {
      answer = { error: describeError(error) };
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
    this.#worker.postMessage(answer);
    this.#countAnswer();
  }

  #countAnswer(): void {
    const answers = new Int32Array(this.#answers);
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  }

  /** The first reason wins; none counts once the tar is whole. */
  #fail(error: Error): void {
    this.#error ??= error;
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

function stopped(cause?: unknown): LayerError {
  const options = cause === undefined ? {} : { cause };
  const reason = cause instanceof Error ? cause.message : "its thread has stopped";
  return new LayerError("WORKER_FAILED", `Cannot pack layer: ${reason}`, { ...options, facts: { reason } });
}
