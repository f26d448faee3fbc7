// White space as Go's unicode.IsSpace has it: the Dockerfile language trims and splits by that table, which is
// neither JavaScript's `\s` (has U+FEFF, lacks U+0085) nor ASCII.

/** Whether the UTF-16 unit is white space for Go. */
export function isSpace(code: number): boolean {
  if (code === 32 || (code >= 9 && code <= 13)) return true;
  if (code < 0x85) return false;
  if (code === 0x85 || code === 0xa0 || code === 0x1680) return true;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** Whether the UTF-16 unit separates unquoted arguments: tab, vertical tab, form feed, carriage return, space. */
export function isSeparator(code: number): boolean {
  return code === 32 || code === 9 || (code >= 11 && code <= 13);
}

/** The first index at or after `start` that is no white space, at most `end`. */
export function skipSpace(text: string, start: number, end: number = text.length): number {
  let at = start;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The index after the last character before `end` that is no white space, at least `start`. */
export function trimEnd(text: string, start: number, end: number = text.length): number {
  let at = end;
  while (at > start && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

/** The text without white space at its ends. */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0);
  return text.slice(start, trimEnd(text, start));
}
