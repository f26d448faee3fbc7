// Here-documents of RUN, COPY, ADD and of these in ONBUILD: which words of a line announce one, and reading its body.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/parser/parser.go

import { DockerfileError } from "./dockerfile-error.ts";
import { expandWords } from "./expand-word.ts";
import type { Heredoc } from "./instruction.ts";
import type { LineReader } from "./line-reader.ts";
import type { LogicalLine, Range } from "./logical-line.ts";

/** What a word like `3<<-"EOF"` announces. */
export interface HeredocWord {
  readonly name: string;
  readonly fileDescriptor: number;
  readonly expand: boolean;
  readonly chomp: boolean;
}

const HEREDOC = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

/** The heredoc that a word announces; `undefined` when it announces none. Throws `EXPANSION` on open quotes. */
function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = HEREDOC.exec(word);
  const rest = match?.[3] ?? "";
  if (match === null || rest === "") return undefined;
  const unset = () => undefined;
  const [name, ...more] = expandWords(rest, unset, { keepUnset: true });
  if (name === undefined || more.length > 0) return undefined;
  const [quoted = ""] = expandWords(rest, unset, { keepUnset: true, keepQuotes: true });
  return {
    name,
    fileDescriptor: Number(match[1] ?? 0),
    expand: countQuotes(name) === countQuotes(quoted),
    chomp: match[2] === "-",
  };
}

/** As `parseHeredocWord`, but a word with open quotes announces none. */
export function findHeredocWord(word: string): HeredocWord | undefined {
  try {
    return parseHeredocWord(word);
  } catch {
    return undefined;
  }
}

/** The heredocs that a line announces, in order. A line that no shell could read announces none. */
export function heredocsOfLine(line: LogicalLine, range: Range): HeredocWord[] {
  const text = line.text.slice(range.start, range.end);
  if (!text.includes("<<")) return [];
  const found: HeredocWord[] = [];
  for (const word of shellWords(text)) {
    if (!word.includes("<<")) continue;
    try {
      const heredoc = parseHeredocWord(word);
      if (heredoc !== undefined) found.push(heredoc);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "";
      throw line.error("HEREDOC_INVALID", `Cannot parse the heredoc ${word}: ${reason}`, range);
    }
  }
  return found;
}

/** Reads the body of a heredoc up to its terminator. Throws `HEREDOC_INVALID` when there is none. */
export function readHeredoc(reader: LineReader, line: LogicalLine, range: Range, word: HeredocWord): Heredoc {
  const { source } = line;
  let start: number | undefined;
  let contentEnd = 0;
  for (let physical = reader.readLine(); physical !== undefined; physical = reader.readLine()) {
    start ??= physical.start;
    const text = source.text.slice(physical.start, physical.contentEnd);
    if ((word.chomp ? withoutLeadingTabs(text) : text) === word.name) {
      contentEnd = physical.start;
      const raw = source.text.slice(start, contentEnd);
      return {
        ...word,
        content: word.chomp ? withoutLeadingTabs(raw) : raw,
        raw,
        span: source.span(start, physical.contentEnd),
      };
    }
  }
  throw line.error(
    "HEREDOC_INVALID",
    `Cannot parse the heredoc ${word.name}: unterminated heredoc, a line with only ${word.name} must end it`,
    range,
  );
}

function withoutLeadingTabs(text: string): string {
  // Not the flag `m`: a carriage return ends no line here.
  return text.replace(/(^|\n)\t+/g, "$1");
}

function shellWords(text: string): string[] {
  try {
    return expandWords(text, () => undefined, { keepQuotes: true, keepEscapes: true, keepUnset: true });
  } catch (error) {
    if (error instanceof DockerfileError) return [];
    throw error;
  }
}

function countQuotes(text: string): number {
  let count = 0;
  for (const character of text) {
    if (character === "'" || character === '"') count++;
  }
  return count;
}
