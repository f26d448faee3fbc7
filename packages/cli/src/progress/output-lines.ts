// The output of a RUN, bytes in, clean lines out. Memory is bounded: a line that never ends is cut in pieces. A progress
// bar writes over itself with carriage returns, and whoever shows the lines is told which were only passing.
import { EscapeStripper } from "./escape-stripper.ts";

// Long enough for any log line that a person reads.
const lineLimit = 16_384;

export interface OutputLine {
  readonly text: string;
  /** When its first piece came. */
  readonly timeMs: number;
  /** The process went back to its beginning and wrote something else over it. */
  readonly overwritten: boolean;
}

/** One stream of one step. Invalid UTF-8 becomes U+FFFD. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  readonly #stripper = new EscapeStripper({ keepReturns: true });
  /** What has no end yet; of what was written over itself, only the last that can be seen. */
  #open = "";
  #openSinceMs = 0;
  /** Its beginning was shown as a line already, so its end alone is none. */
  #begunBefore = false;

  /** The lines that are complete now. */
  push(bytes: Uint8Array, timeMs: number): OutputLine[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }), timeMs);
  }

  /** The last line, if it had no end. Nothing may come after it. */
  flush(timeMs: number): OutputLine[] {
    return [...this.#split(this.#decoder.decode(), timeMs), ...this.endLine()];
  }

  /** What the line without an end looks like now; `undefined` when there is none. */
  get partial(): OutputLine | undefined {
    const text = visibleParts(this.#open).at(-1) ?? "";
    return text === "" ? undefined : { text, timeMs: this.#openSinceMs, overwritten: false };
  }

  /** Ends the line that has no end, if there is one; what comes after it begins another. */
  endLine(): OutputLine[] {
    const { partial } = this;
    this.#open = "";
    if (partial === undefined) return [];
    this.#begunBefore = true;
    return [partial];
  }

  #split(text: string, timeMs: number): OutputLine[] {
    const lines = (this.#open + this.#stripper.push(text)).split("\n");
    if (this.#begunBefore && lines.length > 1 && lines[0] === "") lines.shift();
    if (text !== "") this.#begunBefore = false;
    const open = lines.pop() ?? "";
    const result: OutputLine[] = [];
    // What was begun by an earlier piece is older.
    let sinceMs = this.#open === "" ? timeMs : this.#openSinceMs;
    const add = (piece: string, overwritten: boolean): void => {
      for (const part of cut(piece)) result.push({ text: part, timeMs: sinceMs, overwritten });
      sinceMs = timeMs;
    };
    for (const line of lines) {
      const parts = visibleParts(line);
      const last = parts.pop() ?? "";
      for (const part of parts) add(part, true);
      add(last, false);
    }
    const parts = visibleParts(open);
    const last = parts.pop() ?? "";
    for (const part of parts) add(part, true);
    const pieces = cut(last);
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) add(piece, false);
    this.#open = rest + blankEnd(open);
    this.#openSinceMs = sinceMs;
    return result;
  }
}

/** The texts that were seen one after the other in one line; of several none is blank. */
function visibleParts(line: string): string[] {
  if (!line.includes("\r")) return [line];
  return line.split("\r").filter((part) => !isBlank(part));
}

// Programs write spaces over what they want to be rid of.
function isBlank(text: string): boolean {
  return text.length <= lineLimit && text.trim() === "";
}

/** The return at the end of an open line, and the spaces after it, which may become the beginning of what follows. */
function blankEnd(line: string): string {
  const at = line.lastIndexOf("\r");
  return at !== -1 && isBlank(line.slice(at + 1)) ? line.slice(at) : "";
}

function cut(line: string): string[] {
  if (line.length <= lineLimit) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length;) {
    let end = start + lineLimit;
    // Not between the halves of a surrogate pair.
    if (/[\uD800-\uDBFF]/.test(line[end - 1] ?? "")) end += 1;
    pieces.push(line.slice(start, end));
    start = end;
  }
  return pieces;
}
