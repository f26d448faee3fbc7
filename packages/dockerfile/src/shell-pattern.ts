// The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` and `?`, no brackets, neither of them over a line feed.
// All states are walked at once, so that the time is bounded by value × pattern whatever the number of stars.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/shell/lex.go

const ANY = -1;
const STAR = -2;
const LINE_FEED = 10;

/** The most steps (characters of the value × those of the pattern) that one substitution may take. */
const MAX_STEPS = 100_000_000;

type Token = number;

/** A pattern that cannot be: an escape of an ordinary character, or work without measure. */
export class ShellPatternError extends Error {
  override readonly name = "ShellPatternError";
}

/** Takes the shortest (or longest) prefix that the pattern matches off the value. */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const characters = toCodePoints(value);
  const match = findMatch(characters, parsePattern(pattern), { from: 0, anchored: true, longest });
  return match === undefined ? value : fromCodePoints(characters.slice(match.end));
}

/** Takes the shortest (or longest) suffix that the pattern matches off the value. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const reversed = toCodePoints(value).reverse();
  const tokens = parsePattern(pattern).reverse();
  const match = findMatch(reversed, tokens, { from: 0, anchored: true, longest });
  return match === undefined ? value : fromCodePoints(reversed.slice(match.end).reverse());
}

/** Replaces the first match, the leftmost and longest. */
export function replaceFirst(value: string, pattern: string, replacement: string): string {
  const characters = toCodePoints(value);
  const match = findMatch(characters, parsePattern(pattern), { from: 0, anchored: false, longest: true });
  if (match === undefined) return value;
  return (
    fromCodePoints(characters.slice(0, match.start)) +
    replacement +
    fromCodePoints(characters.slice(match.end))
  );
}

/** Replaces every match; an empty match directly after another one does not count, as in Go's regexp. */
export function replaceAll(value: string, pattern: string, replacement: string): string {
  const characters = toCodePoints(value);
  const tokens = parsePattern(pattern);
  const parts: string[] = [];
  let copied = 0;
  let from = 0;
  while (from <= characters.length) {
    const match = findMatch(characters, tokens, { from, anchored: false, longest: true });
    if (match === undefined) break;
    parts.push(fromCodePoints(characters.slice(copied, match.start)));
    if (match.end > copied || match.start === 0) parts.push(replacement);
    copied = match.end;
    from = Math.max(from + 1, match.end);
  }
  parts.push(fromCodePoints(characters.slice(copied)));
  return parts.join("");
}

function parsePattern(pattern: string): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") {
      if (tokens.at(-1) !== STAR) tokens.push(STAR);
    } else if (character === "?") tokens.push(ANY);
    else if (character === "\\") {
      const next = characters[at + 1];
      at++;
      // `\}` and `\/` only got the character past the end of the substitution.
      if (next === undefined || !"}/*?\\".includes(next)) {
        throw new ShellPatternError(`invalid escape '\\${next ?? ""}'`);
      }
      tokens.push(codePoint(next));
    } else tokens.push(codePoint(character));
  }
  return tokens;
}

interface Search {
  readonly from: number;
  readonly anchored: boolean;
  readonly longest: boolean;
}

/** For each state of the pattern, the leftmost start from which it is reached here; -1 for none. */
function findMatch(
  value: readonly number[],
  tokens: readonly Token[],
  search: Search,
): { start: number; end: number } | undefined {
  if (value.length * tokens.length > MAX_STEPS)
    throw new ShellPatternError("the pattern and the value are too long");
  const accept = tokens.length;
  let states = new Int32Array(accept + 1).fill(-1);
  let following = new Int32Array(accept + 1).fill(-1);
  let best: { start: number; end: number } | undefined;
  for (let at = search.from; ; at++) {
    const begins = best === undefined && (!search.anchored || at === search.from);
    if (begins && states[0] === -1) states[0] = at;
    passStars(states, tokens);
    const start = states[accept] ?? -1;
    if (start !== -1 && (best === undefined || start <= best.start)) {
      best = { start, end: at };
      if (!search.longest) return best;
    }
    if (at === value.length) return best;
    const alive = advance(states, following, tokens, value[at] ?? 0, best?.start);
    if (!alive && (search.anchored || best !== undefined)) return best;
    [states, following] = [following, states];
  }
}

/** A star may match nothing: what reaches it reaches what is after it. */
function passStars(states: Int32Array, tokens: readonly Token[]): void {
  for (let state = 0; state < tokens.length; state++) {
    const start = states[state] ?? -1;
    if (start === -1 || tokens[state] !== STAR) continue;
    const next = states[state + 1] ?? -1;
    if (next === -1 || start < next) states[state + 1] = start;
  }
}

function advance(
  states: Int32Array,
  following: Int32Array,
  tokens: readonly Token[],
  character: number,
  latestStart: number | undefined,
): boolean {
  following.fill(-1);
  let alive = false;
  for (let state = 0; state < tokens.length; state++) {
    const start = states[state] ?? -1;
    if (start === -1 || (latestStart !== undefined && start > latestStart)) continue;
    const token = tokens[state] ?? 0;
    if (token < 0 ? character === LINE_FEED : token !== character) continue;
    const target = token === STAR ? state : state + 1;
    const known = following[target] ?? -1;
    if (known === -1 || start < known) following[target] = start;
    alive = true;
  }
  return alive;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function toCodePoints(text: string): number[] {
  return Array.from(text, codePoint);
}

function fromCodePoints(points: readonly number[]): string {
  let text = "";
  for (let at = 0; at < points.length; at += 4096)
    text += String.fromCodePoint(...points.slice(at, at + 4096));
  return text;
}
