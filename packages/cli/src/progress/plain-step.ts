// One step as the plain renderer sees it: the lines that it has to say, made from facts.
import type { ProgressEvent } from "@tsbuild/builder";
import { cleanLine } from "./escape-stripper.ts";
import { formatSeconds, formatTransfer } from "./format-amount.ts";
import { OutputLines } from "./output-lines.ts";

// A transfer says how far it is this often: a log is read later, not watched.
const transferIntervalMs = 2000;

interface Transfer {
  readonly startedMs: number;
  saidMs: number;
}

type TransferEvent = Extract<ProgressEvent, { kind: "transfer" }>;
type OutputEvent = Extract<ProgressEvent, { kind: "output" }>;

export class PlainStep {
  /** Lines not shown yet, since another step has the floor. */
  readonly waiting: string[] = [];
  readonly name: string;
  readonly #prefix: string;
  readonly #startedMs: number;
  readonly #transfers = new Map<string, Transfer>();
  readonly #output = { stdout: new OutputLines(), stderr: new OutputLines() };
  #lastMs: number;

  constructor(number: number, name: string, startedMs: number) {
    this.#prefix = `#${String(number)}`;
    this.name = cleanLine(name);
    this.#startedMs = startedMs;
    this.#lastMs = startedMs;
  }

  get header(): string {
    return `${this.#prefix} ${this.name}`;
  }

  /** Said when another step takes the floor before this one is over. */
  get suspended(): string {
    return `${this.#prefix} ...`;
  }

  addTransfer(event: TransferEvent): void {
    const known = this.#transfers.get(event.id);
    const transfer = known ?? { startedMs: event.timeMs, saidMs: event.timeMs };
    this.#transfers.set(event.id, transfer);
    const amount = formatTransfer(event.current, event.total);
    // What moves no bytes is said when it begins, as `exporting layers` is.
    const begins = known === undefined && amount === "" && event.total === undefined;
    if (!event.done && !begins && event.timeMs - transfer.saidMs < transferIntervalMs) return;
    transfer.saidMs = event.timeMs;
    const words = [this.#prefix, cleanLine(event.id), amount];
    if (!begins || event.done) words.push(formatSeconds(event.timeMs - transfer.startedMs));
    if (event.done) words.push("done");
    this.waiting.push(words.filter((word) => word !== "").join(" "));
    if (event.done) this.#transfers.delete(event.id);
  }

  addOutput(event: OutputEvent): void {
    this.#lastMs = event.timeMs;
    this.#say(this.#output[event.stream].push(event.bytes));
  }

  /** `CACHED`, `DONE 1.2s`, `ERROR: …`: the last line of the step. */
  end(verdict: string): void {
    this.flush();
    this.waiting.push(`${this.#prefix} ${verdict}`);
  }

  /** Output whose last line has no end becomes a line now. */
  flush(): void {
    this.#say(this.#output.stdout.flush());
    this.#say(this.#output.stderr.flush());
  }

  durationTo(timeMs: number): string {
    return formatSeconds(timeMs - this.#startedMs);
  }

  #say(lines: readonly string[]): void {
    const time = (Math.max(0, this.#lastMs - this.#startedMs) / 1000).toFixed(3);
    for (const line of lines) this.waiting.push(`${this.#prefix} ${time} ${line}`.trimEnd());
  }
}
