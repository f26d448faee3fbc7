// An instruction's line as keyword, flags and the rest. Flags are the leading words that begin with `--`; here, and
// only here, quotes and backslashes (whatever the escape directive says) are taken off at once.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/parser/split_command.go

import type { Word } from "./instruction.ts";
import type { LogicalLine, Range } from "./logical-line.ts";
import { isSeparator, isSpace, skipSpace, trimEnd } from "./white-space.ts";

/** A flag before it is understood: its text without quotes, and where it was. */
export interface RawFlag {
  readonly text: string;
  readonly range: Range;
}

/** The parts of an instruction's line. */
export interface CommandLine {
  readonly line: LogicalLine;
  readonly keyword: Word;
  readonly flags: readonly RawFlag[];
  /** The whole text from the keyword on, without white space at the ends. */
  readonly whole: Range;
  /** The arguments, without white space at the ends; empty when there are none. */
  readonly rest: Range;
}

/** Splits the line from an index on. */
export function splitCommand(line: LogicalLine, from: number): CommandLine {
  const { text } = line;
  const start = skipSpace(text, from);
  const end = trimEnd(text, start);
  let keywordEnd = start;
  while (keywordEnd < end && !isSeparator(text.charCodeAt(keywordEnd))) keywordEnd++;
  const flags: RawFlag[] = [];
  const argumentStart = readFlags(text, { start: keywordEnd, end }, flags);
  return {
    line,
    keyword: line.word({ start, end: keywordEnd }),
    flags,
    whole: { start, end },
    rest: { start: skipSpace(text, argumentStart, end), end },
  };
}

/** Collects the flags and returns where the arguments begin. A bare `--` ends the flags. */
function readFlags(text: string, range: Range, flags: RawFlag[]): number {
  let at = skipSpace(text, range.start, range.end);
  while (at < range.end && text.startsWith("--", at) && at + 1 < range.end) {
    const word = readFlagWord(text, { start: at, end: range.end });
    if (word.text === "--") return word.end;
    flags.push({ text: word.text, range: { start: at, end: word.end } });
    at = skipSpace(text, word.end, range.end);
  }
  return at;
}

function readFlagWord(text: string, range: Range): { text: string; end: number } {
  let quote: string | undefined;
  let word = "";
  let at = range.start;
  for (; at < range.end; at++) {
    const character = text.charAt(at);
    if (quote === undefined && isSpace(text.charCodeAt(at))) break;
    if (character === "\\") {
      at++;
      if (at < range.end) word += text.charAt(at);
    } else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = undefined;
    else word += character;
  }
  return { text: word, end: Math.min(at, range.end) };
}
