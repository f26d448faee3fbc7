// From source to logical lines: comments dropped, continuations joined, and physical lines on request for the
// bodies of heredocs. https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/parser/parser.go

import { DockerfileError } from "./dockerfile-error.ts";
import type { ParseWarning } from "./instruction.ts";
import { LogicalLine } from "./logical-line.ts";
import type { SourceText } from "./source-text.ts";
import { skipSpace, trimSpace } from "./white-space.ts";

/** The longest physical line in bytes, as in BuildKit. */
export const MAX_LINE_BYTES = 65_535;

/** A line as it is in the file. */
export interface PhysicalLine {
  readonly start: number;
  /** Before the line feed and any carriage returns. */
  readonly contentEnd: number;
  /** After the line feed. */
  readonly end: number;
}

/** An instruction's logical line with the comments directly above it. */
export interface ReadInstruction {
  readonly line: LogicalLine;
  readonly comments: readonly string[];
}

/** Reads a source line by line; `position` only moves forward. */
export class LineReader {
  readonly #source: SourceText;
  readonly #escape: string;
  readonly warnings: ParseWarning[] = [];
  #at: number;
  #comments: string[] = [];

  /** Starts at an offset: after the byte order mark and the directives. */
  constructor(source: SourceText, escape: string, start: number) {
    this.#source = source;
    this.#escape = escape;
    this.#at = start;
  }

  /** The next physical line, whatever it is; `undefined` at the end. */
  readLine(): PhysicalLine | undefined {
    const line = physicalLineAt(this.#source, this.#at);
    if (line !== undefined) this.#at = line.end;
    return line;
  }

  /** The next instruction; `undefined` at the end. */
  readInstruction(): ReadInstruction | undefined {
    for (let physical = this.readLine(); physical !== undefined; physical = this.readLine()) {
      const start = skipSpace(this.#source.text, physical.start, physical.contentEnd);
      if (this.#isComment(start, physical.contentEnd)) {
        this.#keepComment(this.#source.text.slice(start + 1, physical.contentEnd));
        continue;
      }
      const body = this.#withoutContinuation(start, physical.contentEnd);
      if (!body.continues && body.end === start) continue;
      const line = new LogicalLine(this.#source);
      line.append(start, body.end);
      if (body.continues) this.#appendContinuations(line);
      const comments = this.#comments;
      this.#comments = [];
      return { line, comments };
    }
    return undefined;
  }

  #appendContinuations(line: LogicalLine): void {
    let empty: PhysicalLine | undefined;
    let continues = true;
    while (continues) {
      const physical = this.readLine();
      if (physical === undefined) break;
      const start = skipSpace(this.#source.text, physical.start, physical.contentEnd);
      if (this.#isComment(start, physical.contentEnd)) continue;
      if (start === physical.contentEnd) {
        empty ??= physical;
        continue;
      }
      // Leading white space of a continuation stays: it separates words.
      const body = this.#withoutContinuation(physical.start, physical.contentEnd);
      line.append(physical.start, body.end);
      continues = body.continues;
    }
    if (empty !== undefined) this.#warnEmptyContinuation(line, empty);
  }

  #warnEmptyContinuation(line: LogicalLine, empty: PhysicalLine): void {
    const shown = line.text.length > 80 ? `${line.text.slice(0, 80)}…` : line.text;
    this.warnings.push({
      code: "NoEmptyContinuation",
      message: `Empty continuation line found in: ${trimSpace(shown)}`,
      span: this.#source.span(empty.start, empty.contentEnd),
    });
  }

  #isComment(start: number, end: number): boolean {
    return start < end && this.#source.text.charCodeAt(start) === 35;
  }

  /** An empty comment parts what is above it from what is below. */
  #keepComment(text: string): void {
    const comment = trimSpace(text);
    if (comment === "") this.#comments = [];
    else this.#comments.push(comment);
  }

  /**
   * Where the text of a line ends when its continuation is taken off. An escape token continues the line when only
   * blanks follow and no other escape token is directly before it: `\\` at the end is two characters, not one and a
   * continuation, and so is the third of `\\\`.
   */
  #withoutContinuation(start: number, end: number): { end: number; continues: boolean } {
    const { text } = this.#source;
    let at = end;
    while (at > start && (text[at - 1] === " " || text[at - 1] === "\t")) at--;
    if (at === start || text[at - 1] !== this.#escape) return { end, continues: false };
    if (at - 2 >= start && text[at - 2] === this.#escape) return { end, continues: false };
    return { end: at - 1, continues: true };
  }
}

/** The physical line that begins at an offset; throws `LINE_TOO_LONG`. */
export function physicalLineAt(source: SourceText, start: number): PhysicalLine | undefined {
  const { text } = source;
  if (start >= text.length) return undefined;
  const feed = text.indexOf("\n", start);
  const lineEnd = feed === -1 ? text.length : feed;
  if ((lineEnd - start) * 3 > MAX_LINE_BYTES) checkLength(source, start, lineEnd);
  let contentEnd = lineEnd;
  while (contentEnd > start && text[contentEnd - 1] === "\r") contentEnd--;
  return { start, contentEnd, end: feed === -1 ? text.length : feed + 1 };
}

function checkLength(source: SourceText, start: number, end: number): void {
  if (end - start <= MAX_LINE_BYTES && Buffer.byteLength(source.text.slice(start, end)) <= MAX_LINE_BYTES)
    return;
  throw new DockerfileError(
    "LINE_TOO_LONG",
    `Cannot read the Dockerfile: a line is longer than ${MAX_LINE_BYTES} bytes, break it with continuations`,
    { place: { path: source.path, source: source.text, span: source.span(start, start) } },
  );
}
