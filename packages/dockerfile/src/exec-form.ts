// The JSON form of arguments: `["a", "b"]`. What looks like it but is no valid JSON silently is the other form, as in
// BuildKit (single quotes are the usual case); a JSON array with anything but strings in it is an error.

import type { Word } from "./instruction.ts";
import type { LogicalLine, Range } from "./logical-line.ts";
import { skipSpace } from "./white-space.ts";

/** The strings of the array with their places, or `undefined` when the text is not in JSON form. */
export function readExecForm(line: LogicalLine, range: Range): Word[] | undefined {
  const start = skipSpace(line.text, range.start, range.end);
  if (line.text[start] !== "[" || start >= range.end) return undefined;
  const array = parseArray(line.text.slice(start, range.end));
  if (array === undefined) return undefined;
  const ranges = stringRanges(line.text, { start, end: range.end });
  return array.map((item, index) => {
    if (typeof item !== "string") {
      throw line.error(
        "ARGUMENT_INVALID",
        "Cannot parse the JSON form: every element must be a string, so put numbers and words between double quotes",
        range,
      );
    }
    // Go replaces what is no valid Unicode; lone surrogates must not pass for bytes of a file name.
    return line.word(ranges[index] ?? range, item.toWellFormed());
  });
}

/** The texts of the words. */
export function wordTexts(words: readonly Word[]): string[] {
  return words.map((word) => word.text);
}

function parseArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where the strings of a valid flat array are, quotes included. */
function stringRanges(text: string, range: Range): Range[] {
  const ranges: Range[] = [];
  let start = text.indexOf('"', range.start);
  while (start !== -1 && start < range.end) {
    let end = start + 1;
    while (end < range.end && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    ranges.push({ start, end: end + 1 });
    start = text.indexOf('"', end + 1);
  }
  return ranges;
}
