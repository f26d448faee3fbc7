// What is known of a build so far, folded from its events: the live view is drawn from it, and the report at
// the end is made of it.
import type { ProgressEvent } from "@tsbuild/builder";
import { cleanLine, cleanText } from "./escape-stripper.ts";
import { StepOutput } from "./step-output.ts";

interface TransferView {
  current: number;
  total: number | undefined;
  readonly startedMs: number;
  endedMs: number | undefined;
}

export interface StepView {
  readonly name: string;
  readonly startedMs: number;
  endedMs: number | undefined;
  state: "running" | "done" | "cached" | "failed" | "canceled";
  /** Why it failed. */
  message: string | undefined;
  readonly transfers: Map<string, TransferView>;
  /** Of a step that runs or has failed, if it said something. */
  output: StepOutput | undefined;
}

export interface WarningView {
  readonly code: string;
  readonly message: string;
  readonly line: number | undefined;
}

export class BuildView {
  readonly #steps = new Map<number, StepView>();
  readonly #warnings: WarningView[] = [];
  #finished = false;

  get steps(): StepView[] {
    return [...this.#steps.values()];
  }

  get warnings(): readonly WarningView[] {
    return this.#warnings;
  }

  get finished(): boolean {
    return this.#finished;
  }

  report(event: ProgressEvent): void {
    switch (event.kind) {
      case "step-started":
        this.#steps.set(event.step, startedStep(event.name, event.timeMs));
        return;
      case "step-cached":
        return this.#end(event.step, "cached", event.timeMs);
      case "step-done":
        return this.#end(event.step, "done", event.timeMs);
      case "step-canceled":
        return this.#end(event.step, "canceled", event.timeMs);
      case "step-failed":
        return this.#end(event.step, "failed", event.timeMs, cleanText(event.message).trim());
      case "transfer":
        return this.#transfer(event);
      case "output":
        return this.#addOutput(event);
      case "warning":
        this.#warnings.push({
          code: cleanLine(event.code),
          message: cleanLine(event.message),
          line: event.span?.start.line,
        });
        return;
      case "build-done":
        this.#finished = true;
        return;
    }
  }

  #end(number: number, state: StepView["state"], timeMs: number, message?: string): void {
    const step = this.#steps.get(number);
    if (step === undefined) return;
    step.output?.end(timeMs);
    step.state = state;
    step.endedMs = timeMs;
    step.message = message;
    for (const transfer of step.transfers.values()) transfer.endedMs ??= timeMs;
    // Only a failure's output is shown again.
    if (state !== "failed") step.output = undefined;
  }

  #transfer(event: Extract<ProgressEvent, { kind: "transfer" }>): void {
    const transfers = this.#steps.get(event.step)?.transfers;
    if (transfers === undefined) return;
    const id = cleanLine(event.id);
    const known = transfers.get(id);
    const endedMs = event.done ? event.timeMs : undefined;
    if (known === undefined) {
      transfers.set(id, { current: event.current, total: event.total, startedMs: event.timeMs, endedMs });
    } else Object.assign(known, { current: event.current, total: event.total ?? known.total, endedMs });
  }

  #addOutput(event: Extract<ProgressEvent, { kind: "output" }>): void {
    const step = this.#steps.get(event.step);
    if (step?.state !== "running") return;
    step.output ??= new StepOutput();
    step.output.push(event.stream, event.bytes, event.timeMs);
  }
}

function startedStep(name: string, startedMs: number): StepView {
  return {
    name: cleanLine(name),
    startedMs,
    endedMs: undefined,
    state: "running",
    message: undefined,
    transfers: new Map(),
    output: undefined,
  };
}
