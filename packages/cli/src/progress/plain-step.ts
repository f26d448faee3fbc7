// One step as the plain renderer sees it: the lines that it has to say, made from facts.
import type { ProgressEvent } from "@tsbuild/builder";
import { cleanLine } from "./escape-stripper.ts";
import { formatSeconds, formatTransfer } from "./format-amount.ts";
import { OutputLines, type OutputLine } from "./output-lines.ts";
import { formatOutputLine } from "./step-output.ts";

// A transfer, or a progress bar in the output, says how far it is this often: a log is read later, not watched.
const progressIntervalMs = 2000;
// A line that has no end for so long is shown as far as it is: it may be the last thing that a stuck process said.
const openLineMs = 5000;

interface Transfer {
  readonly startedMs: number;
  saidMs: number;
}

interface Stream {
  readonly lines: OutputLines;
  /** When a text that was overwritten later was shown, or was first not shown. */
  saidOverwrittenMs: number | undefined;
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
  readonly #streams = { stdout: newStream(), stderr: newStream() };
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
    if (!event.done && !begins && event.timeMs - transfer.saidMs < progressIntervalMs) return;
    transfer.saidMs = event.timeMs;
    const words = [this.#prefix, cleanLine(event.id), amount];
    if (!begins || event.done) words.push(formatSeconds(event.timeMs - transfer.startedMs));
    if (event.done) words.push("done");
    this.waiting.push(words.filter((word) => word !== "").join(" "));
    if (event.done) this.#transfers.delete(event.id);
  }

  addOutput(event: OutputEvent): void {
    const stream = this.#streams[event.stream];
    this.#lastMs = event.timeMs;
    this.#say(stream, stream.lines.push(event.bytes, event.timeMs));
  }

  tick(nowMs: number): void {
    for (const stream of Object.values(this.#streams)) {
      const { partial } = stream.lines;
      if (partial !== undefined && nowMs - partial.timeMs >= openLineMs)
        this.#say(stream, stream.lines.endLine());
    }
  }

  /** `CACHED`, `DONE 1.2s`, `ERROR: …`: the last of what the step has to say. */
  end(verdict: string): void {
    this.flush();
    this.waiting.push(...verdict.split("\n").map((line) => `${this.#prefix} ${line}`));
  }

  /** Output whose last line has no end becomes a line now. */
  flush(): void {
    for (const stream of Object.values(this.#streams)) this.#say(stream, stream.lines.flush(this.#lastMs));
  }

  durationTo(timeMs: number): string {
    return formatSeconds(timeMs - this.#startedMs);
  }

  #say(stream: Stream, lines: readonly OutputLine[]): void {
    for (const line of lines) {
      if (!isWorthALine(stream, line)) continue;
      this.waiting.push(`${this.#prefix} ${formatOutputLine(line, this.#startedMs)}`);
    }
  }
}

function newStream(): Stream {
  return { lines: new OutputLines(), saidOverwrittenMs: undefined };
}

// A progress bar that is over within the interval is shown at its end alone.
function isWorthALine(stream: Stream, { overwritten, timeMs }: OutputLine): boolean {
  if (!overwritten) {
    stream.saidOverwrittenMs = undefined;
    return true;
  }
  stream.saidOverwrittenMs ??= timeMs;
  if (timeMs - stream.saidOverwrittenMs < progressIntervalMs) return false;
  stream.saidOverwrittenMs = timeMs;
  return true;
}
