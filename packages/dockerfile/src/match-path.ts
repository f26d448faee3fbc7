// Go's filepath.Match: the wildcards of COPY and ADD sources. `*` and `?` stay within one folder, there is no `**`,
// and there is no way back over a chunk that matched, so the time is bounded. https://pkg.go.dev/path/filepath#Match

import { DockerfileError, quote } from "./dockerfile-error.ts";

interface Chunk {
  readonly star: boolean;
  readonly matchers: readonly Matcher[];
}

/** Takes one character (a code point) of the name. */
export type Matcher = (character: string) => boolean;

/** Whether the whole name matches. Throws `BAD_PATTERN`. Both are split at code points. */
export function matchPath(pattern: string, name: string): boolean {
  return compilePath(pattern)(name);
}

/** As `matchPath`, compiled once for many names. Throws `BAD_PATTERN`. */
export function compilePath(pattern: string): (name: string) => boolean {
  const chunks = parseChunks(pattern);
  return (name) => matchChunks(chunks, Array.from(name));
}

function matchChunks(chunks: readonly Chunk[], name: readonly string[]): boolean {
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    if (chunk.star && chunk.matchers.length === 0) return !name.includes("/", at);
    const end = findChunk(chunk, name, at, isLast);
    if (end === undefined) return false;
    at = end;
  }
  return at === name.length;
}

/** Where the chunk ends, from the first place where it fits; the last chunk must end the name. */
function findChunk(chunk: Chunk, name: readonly string[], from: number, isLast: boolean): number | undefined {
  for (let at = from; at <= name.length; at++) {
    const end = at + chunk.matchers.length;
    if ((!isLast || end === name.length) && fits(chunk.matchers, name, at)) return end;
    if (!chunk.star || name[at] === "/") return undefined;
  }
  return undefined;
}

function fits(matchers: readonly Matcher[], name: readonly string[], from: number): boolean {
  if (from + matchers.length > name.length) return false;
  return matchers.every((matches, index) => matches(name[from + index] ?? ""));
}

function parseChunks(pattern: string): Chunk[] {
  const characters = Array.from(pattern);
  const chunks: Chunk[] = [];
  let star = false;
  let matchers: Matcher[] = [];
  const finish = () => {
    if (star || matchers.length > 0) chunks.push({ star, matchers });
    matchers = [];
  };
  for (let at = 0; at < characters.length;) {
    const character = characters[at] ?? "";
    if (character === "*") {
      if (!star || matchers.length > 0) finish();
      star = true;
      at++;
      continue;
    }
    const read = readMatcher(characters, at, pattern);
    matchers.push(read.matcher);
    at = read.end;
  }
  finish();
  return chunks;
}

function readMatcher(
  characters: readonly string[],
  at: number,
  pattern: string,
): { matcher: Matcher; end: number } {
  const character = characters[at] ?? "";
  if (character === "?") return { matcher: (c) => c !== "/", end: at + 1 };
  if (character === "[") return readClass(characters, at, pattern);
  if (character !== "\\") return { matcher: (c) => c === character, end: at + 1 };
  const escaped = characters[at + 1];
  if (escaped === undefined) throw badPattern(pattern, "a backslash at the end escapes nothing");
  return { matcher: (c) => c === escaped, end: at + 2 };
}

/** Reads `[a-z]`, `[^x]`, with `\` to escape; `[` at an index. Throws `BAD_PATTERN`. A class may match a slash. */
export function readClass(
  characters: readonly string[],
  start: number,
  pattern: string,
): { matcher: Matcher; end: number } {
  let at = start + 1;
  const negated = characters[at] === "^";
  if (negated) at++;
  const ranges: [number, number][] = [];
  while (characters[at] !== "]" || ranges.length === 0) {
    const low = readClassCharacter(characters, at, pattern);
    at = low.end;
    if (characters[at] === "-") {
      const high = readClassCharacter(characters, at + 1, pattern);
      at = high.end;
      ranges.push([low.code, high.code]);
    } else ranges.push([low.code, low.code]);
  }
  const matcher = (character: string) => {
    const code = character.codePointAt(0) ?? -1;
    return ranges.some(([low, high]) => low <= code && code <= high) !== negated;
  };
  return { matcher, end: at + 1 };
}

function readClassCharacter(
  characters: readonly string[],
  at: number,
  pattern: string,
): { code: number; end: number } {
  const character = characters[at];
  const isEscape = character === "\\";
  const meant = isEscape ? characters[at + 1] : character;
  if (meant === undefined) throw badPattern(pattern, "a [ is not closed");
  if (!isEscape && (meant === "-" || meant === "]"))
    throw badPattern(pattern, `a ${meant} in [] must be escaped`);
  const end = at + (isEscape ? 2 : 1);
  if (characters[end] === undefined) throw badPattern(pattern, "a [ is not closed");
  return { code: meant.codePointAt(0) ?? 0, end };
}

function badPattern(pattern: string, reason: string): DockerfileError {
  return new DockerfileError("BAD_PATTERN", `Cannot parse the pattern ${quote(pattern)}: ${reason}`);
}
