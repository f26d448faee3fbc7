// What a step has said: the end of it, for the live view and for the report of a failure. Bounded, however much it says.
import { formatElapsed } from "./format-amount.ts";
import { OutputLines, type OutputLine } from "./output-lines.ts";

// What a person reads of a failure; the rest scrolls away.
const lineLimit = 80;
const characterLimit = 65_536;

export type OutputStreamName = "stdout" | "stderr";

export class StepOutput {
  readonly #streams = { stdout: new OutputLines(), stderr: new OutputLines() };
  readonly #kept: OutputLine[] = [];
  #keptCharacters = 0;
  #dropped = 0;

  push(stream: OutputStreamName, bytes: Uint8Array, timeMs: number): void {
    this.#keep(this.#streams[stream].push(bytes, timeMs));
  }

  /** The step is over: what has no end is a line too. */
  end(timeMs: number): void {
    for (const lines of Object.values(this.#streams)) this.#keep(lines.flush(timeMs));
  }

  /** How many lines came before those that are kept. */
  get dropped(): number {
    return this.#dropped;
  }

  get lines(): readonly OutputLine[] {
    return this.#kept;
  }

  /** The last lines as they look now, those without an end included. */
  last(count: number): string[] {
    const open = Object.values(this.#streams).flatMap(({ partial }) => partial ?? []);
    return [...this.#kept, ...open].slice(-count).map(({ text }) => text);
  }

  #keep(lines: readonly OutputLine[]): void {
    const final = lines.filter((line) => !line.overwritten);
    const candidates = final.slice(-lineLimit);
    this.#dropped += final.length - candidates.length;
    for (const line of candidates) {
      this.#kept.push(line);
      this.#keptCharacters += line.text.length;
    }
    while (this.#kept.length > lineLimit || this.#keptCharacters > characterLimit) {
      this.#keptCharacters -= this.#kept.shift()?.text.length ?? 0;
      this.#dropped += 1;
    }
  }
}

/** `0.123 text`: a line of output with the time that its step had run, as BuildKit prints it. */
export function formatOutputLine({ text, timeMs }: OutputLine, startedMs: number): string {
  return `${formatElapsed(timeMs - startedMs)} ${text}`.trimEnd();
}
