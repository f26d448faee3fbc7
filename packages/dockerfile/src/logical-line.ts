// One instruction's text with its continuations joined. Every index of the joined text still knows its place in
// the source, so a word that goes over three lines has one span.

import { DockerfileError, type DockerfileErrorCode } from "./dockerfile-error.ts";
import type { Span, Word } from "./instruction.ts";
import type { SourceText } from "./source-text.ts";

/** A half-open range of a logical line. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface Piece {
  readonly at: number;
  readonly offset: number;
}

/** Joined text that remembers where each part of it came from. */
export class LogicalLine {
  readonly source: SourceText;
  #text = "";
  readonly #pieces: Piece[] = [];

  constructor(source: SourceText) {
    this.source = source;
  }

  get text(): string {
    return this.#text;
  }

  /** Appends the source between two offsets. */
  append(start: number, end: number): void {
    this.#pieces.push({ at: this.#text.length, offset: start });
    this.#text += this.source.text.slice(start, end);
  }

  /** The offset in the source of an index of the text. */
  offsetOf(index: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle]?.at ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low];
    return piece === undefined ? 0 : piece.offset + (index - piece.at);
  }

  /** The span of a range; a range over a continuation spans the lines. */
  span(range: Range): Span {
    const start = this.offsetOf(range.start);
    const end = range.end > range.start ? this.offsetOf(range.end - 1) + 1 : start;
    return this.source.span(start, end);
  }

  /** The word of a range. `text` differs from the range's when quotes or escapes were taken off. */
  word(range: Range, text: string = this.#text.slice(range.start, range.end)): Word {
    return { text, span: this.span(range) };
  }

  /** An error that points at a range. */
  error(code: DockerfileErrorCode, message: string, range: Range): DockerfileError {
    const place = { path: this.source.path, source: this.source.text, span: this.span(range) };
    return new DockerfileError(code, message, { place });
  }
}
