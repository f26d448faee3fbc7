// `--progress=plain`: BuildKit's log. Steps that run at once take turns, so that lines of one stay together:
// a step keeps the floor until it ends, or for five seconds when others wait.
import type { ProgressEvent } from "@tsbuild/builder";
import { cleanText } from "./escape-stripper.ts";
import { PlainStep } from "./plain-step.ts";
import type { Renderer, WriteText } from "./renderer.ts";

const turnMs = 5000;
// Waiting lines are memory; a step that has more to say takes the floor at once.
const waitingLimit = 500;

export class PlainRenderer implements Renderer {
  readonly #write: WriteText;
  /** Steps with something left to show or to come, in the order of their start. */
  readonly #steps = new Map<number, PlainStep>();
  /** Of those, the ones that have ended. */
  readonly #ended = new Set<PlainStep>();
  /** Of those, the ones whose header waits to be shown. */
  readonly #announced = new Set<PlainStep>();
  #floor: PlainStep | undefined;
  #floorSinceMs = 0;
  #wroteBefore = false;

  constructor(write: WriteText) {
    this.#write = write;
  }

  report(event: ProgressEvent): void {
    switch (event.kind) {
      case "step-started": {
        const step = new PlainStep(event.step, event.name, event.timeMs);
        this.#steps.set(event.step, step);
        this.#announced.add(step);
        break;
      }
      case "step-cached":
        this.#end(event.step, () => "CACHED");
        break;
      case "step-done":
        this.#end(event.step, (step) => `DONE ${step.durationTo(event.timeMs)}`);
        break;
      case "step-failed":
        this.#end(event.step, () => `ERROR: ${cleanText(event.message).trim()}`);
        break;
      case "step-canceled":
        this.#end(event.step, () => "CANCELED");
        break;
      case "transfer":
        this.#steps.get(event.step)?.addTransfer(event);
        break;
      case "output":
        this.#steps.get(event.step)?.addOutput(event);
        break;
      case "warning":
      case "build-done":
        return;
    }
    this.#show(event.timeMs);
  }

  tick(nowMs: number): void {
    for (const step of this.#steps.values()) step.tick(nowMs);
    this.#show(nowMs);
  }

  close(): void {
    for (const step of this.#steps.values()) {
      step.flush();
      this.#ended.add(step);
    }
    this.#show(Number.POSITIVE_INFINITY);
  }

  #end(number: number, verdict: (step: PlainStep) => string): void {
    const step = this.#steps.get(number);
    if (step === undefined) return;
    step.end(verdict(step));
    this.#ended.add(step);
  }

  #show(nowMs: number): void {
    for (;;) {
      if (this.#floor !== undefined) this.#drain(this.#floor);
      const next = this.#nextSpeaker(nowMs);
      if (next === undefined) return;
      this.#giveFloor(next, nowMs);
    }
  }

  #nextSpeaker(nowMs: number): PlainStep | undefined {
    const waiting = [...this.#steps.values()].filter(
      (step) => step !== this.#floor && (step.waiting.length > 0 || this.#announced.has(step)),
    );
    const pressing = waiting.find((step) => step.waiting.length > waitingLimit);
    if (pressing !== undefined) return pressing;
    if (this.#floor !== undefined) {
      // A step that has said nothing since its header gives way to one with something to say only after its turn.
      const turnOver = nowMs - this.#floorSinceMs >= turnMs;
      return turnOver ? waiting.find((step) => step.waiting.length > 0) : undefined;
    }
    return waiting.find((step) => this.#ended.has(step)) ?? waiting[0];
  }

  #giveFloor(step: PlainStep, nowMs: number): void {
    if (this.#floor !== undefined) this.#write(`${this.#floor.suspended}\n`);
    this.#write(`${this.#wroteBefore ? "\n" : ""}${step.header}\n`);
    this.#wroteBefore = true;
    this.#floor = step;
    this.#floorSinceMs = nowMs;
    this.#announced.delete(step);
  }

  #drain(step: PlainStep): void {
    const lines = step.waiting.splice(0);
    if (lines.length > 0) this.#write(`${lines.join("\n")}\n`);
    if (!this.#ended.has(step)) return;
    for (const [number, other] of this.#steps) if (other === step) this.#steps.delete(number);
    this.#ended.delete(step);
    this.#floor = undefined;
  }
}
