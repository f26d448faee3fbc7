// The output of a RUN, bytes in, clean lines out. Memory is bounded: a line that never ends is cut in pieces.
import { EscapeStripper } from "./escape-stripper.ts";

// Long enough for any log line that a person reads.
const lineLimit = 16_384;

/** One stream of one step. Invalid UTF-8 becomes U+FFFD. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  readonly #stripper = new EscapeStripper();
  #partial = "";

  /** The lines that are complete now. */
  push(bytes: Uint8Array): string[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The last line, if it had no end. */
  flush(): string[] {
    const lines = this.#split(this.#decoder.decode());
    if (this.#partial !== "") lines.push(this.#partial);
    this.#partial = "";
    return lines;
  }

  #split(text: string): string[] {
    const parts = (this.#partial + this.#stripper.push(text)).split("\n");
    const partial = parts.pop() ?? "";
    const lines = parts.flatMap(cut);
    const pieces = cut(partial);
    this.#partial = pieces.pop() ?? "";
    return [...lines, ...pieces];
  }
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
