// The two ways in which arguments are split: at blanks without any quoting (FROM, COPY, EXPOSE …), and with quotes
// and escapes respected but kept (ENV, LABEL, ARG); they are taken off by the expansion later.

import type { Word } from "./instruction.ts";
import type { LogicalLine, Range } from "./logical-line.ts";
import { isSeparator, isSpace } from "./white-space.ts";

/** A word and its index in the logical line. */
export interface PlacedWord {
  readonly word: Word;
  readonly start: number;
}

/** Words between blanks. Quotes mean nothing: a path with a blank needs the JSON form. */
export function splitAtBlanks(line: LogicalLine, range: Range): Word[] {
  const words: Word[] = [];
  let start = range.start;
  while (start < range.end) {
    while (start < range.end && isSeparator(line.text.charCodeAt(start))) start++;
    let end = start;
    while (end < range.end && !isSeparator(line.text.charCodeAt(end))) end++;
    if (end > start) words.push(line.word({ start, end }));
    start = end;
  }
  return words;
}

/** Words between white space outside of quotes; quotes and escapes stay. An escape token at the very end is dropped. */
export function splitQuoted(line: LogicalLine, range: Range, escape: string): PlacedWord[] {
  const words: PlacedWord[] = [];
  let at = range.start;
  while (at < range.end) {
    while (at < range.end && isSpace(line.text.charCodeAt(at))) at++;
    if (at === range.end) break;
    const end = endOfQuotedWord(line.text, at, range.end, escape);
    if (end.word > at) words.push({ word: line.word({ start: at, end: end.word }), start: at });
    at = end.next;
  }
  return words;
}

function endOfQuotedWord(
  text: string,
  start: number,
  end: number,
  escape: string,
): { word: number; next: number } {
  let quote: string | undefined;
  let at = start;
  while (at < end) {
    const character = text[at];
    if (quote === undefined && isSpace(text.charCodeAt(at))) return { word: at, next: at };
    if (character === escape && quote !== "'") {
      if (at + 1 === end) return { word: at, next: end };
      at += 2;
      continue;
    }
    if (quote === undefined) {
      if (character === "'" || character === '"') quote = character;
    } else if (character === quote) quote = undefined;
    at++;
  }
  return { word: end, next: end };
}
