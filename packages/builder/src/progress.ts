// Numbers the steps and stamps the time on what is reported. One per build; everything that reports goes through
// it, so that a renderer sees one consistent story.
import type { Span } from "@tsbuild/dockerfile";
import type { Digest } from "@tsbuild/oci";
import { messageOf } from "./build-error.ts";
import type { ProgressEvent, Report, StepNumber } from "./progress-event.ts";

/** An event before its time is known. */
type Unstamped = ProgressEvent extends infer E ? (E extends unknown ? Omit<E, "timeMs"> : never) : never;

/** What a running step may say about itself. */
export interface StepProgress {
  readonly number: StepNumber;
  /** Bytes moved, or a phase that begins or is done; `id` is shown. */
  transfer(id: string, current: number, total: number | undefined, done: boolean): void;
  /** What the step's process prints. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** A phase of the step that has no bytes to count. */
  phase<T>(id: string, work: () => Promise<T>): Promise<T>;
  /** The step's result was in the cache. */
  cached(): void;
}

export class Progress {
  readonly #report: Report;
  readonly #began = performance.now();
  #steps = 0;
  #cached = 0;

  constructor(report: Report | undefined) {
    this.#report = report ?? (() => undefined);
  }

  /** How many steps there were, and how many of them were in the cache. */
  get counts(): { readonly total: number; readonly cached: number } {
    return { total: this.#steps, cached: this.#cached };
  }

  /** Runs one step and reports its beginning and its end, whichever way it ends. */
  async step<T>(name: string, work: (step: StepProgress) => Promise<T>): Promise<T> {
    this.#steps += 1;
    const step = this.#steps;
    this.#send({ kind: "step-started", step, name });
    let ended = false;
    const transfer = (id: string, current: number, total: number | undefined, done: boolean): void =>
      this.#send({ kind: "transfer", step, id, current, ...(total === undefined ? {} : { total }), done });
    try {
      const result = await work({
        number: step,
        transfer,
        output: (stream, bytes) => this.#send({ kind: "output", step, stream, bytes }),
        phase: async (id, phase) => {
          transfer(id, 0, undefined, false);
          const value = await phase();
          transfer(id, 0, undefined, true);
          return value;
        },
        cached: () => {
          ended = true;
          this.#cached += 1;
          this.#send({ kind: "step-cached", step });
        },
      });
      if (!ended) this.#send({ kind: "step-done", step });
      return result;
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") this.#send({ kind: "step-canceled", step });
      else this.#send({ kind: "step-failed", step, message: messageOf(error) });
      throw error;
    }
  }

  warn(code: string, message: string, span?: Span): void {
    this.#send({ kind: "warning", code, message, ...(span === undefined ? {} : { span }) });
  }

  done(ok: boolean, digest?: Digest): void {
    this.#send({ kind: "build-done", ok, ...(digest === undefined ? {} : { digest }) });
  }

  #send(event: Unstamped): void {
    this.#report({ ...event, timeMs: performance.now() - this.#began });
  }
}
