// One pattern of an ignore file as a small state machine: all states are walked at once, so that no pattern can be
// slow, and after a prefix the live states say whether anything below it could still match.
// https://github.com/moby/patternmatcher/blob/v0.6.0/patternmatcher.go

import { type Matcher, readClass } from "./match-path.ts";

type Token =
  | { readonly kind: "character"; readonly matches: Matcher; readonly literal?: string }
  /** `*`: any characters but a slash. */
  | { readonly kind: "star" }
  /** `**` before more: nothing, or anything up to and including a slash. */
  | { readonly kind: "folders" }
  /** `**` at the end: anything. */
  | { readonly kind: "rest" };

/** A compiled pattern; paths are relative, with slashes. */
export interface PathGlob {
  /** The pattern's only path, when it has no wildcards. */
  readonly literal?: string;
  /** A file or folder of this name anywhere: the pattern is two stars, a slash and the name. */
  readonly baseName?: string;
  matches(path: string): boolean;
  /** Whether a path strictly below the folder could match. */
  mayMatchBelow(folder: string): boolean;
}

/** Compiles a pattern that `parseIgnorePattern` accepted. */
export function compileGlob(pattern: string): PathGlob {
  if (isLiteral(pattern)) {
    return {
      literal: pattern,
      matches: (path) => path === pattern,
      mayMatchBelow: (folder) => pattern.startsWith(`${folder}/`),
    };
  }
  const suffix = pattern.startsWith("**") ? pattern.slice(2) : undefined;
  if (suffix !== undefined && isLiteral(suffix)) return suffixGlob(suffix);
  return tokenGlob(parseTokens(pattern));
}

/** `**` and a literal: in moby simply the end of the path (`**foo` matches `xfoo`), or all of it without the slash. */
function suffixGlob(suffix: string): PathGlob {
  const baseName = suffix.startsWith("/") && !suffix.includes("/", 1) ? suffix.slice(1) : undefined;
  return {
    ...(baseName === undefined || baseName === "" ? {} : { baseName }),
    matches: (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1)),
    mayMatchBelow: () => true,
  };
}

function tokenGlob(tokens: readonly Token[]): PathGlob {
  const prefix = literalPrefix(tokens);
  const suffix = literalSuffix(tokens);
  return {
    matches: (path) =>
      path.startsWith(prefix) && path.endsWith(suffix) && (walk(tokens, path)[tokens.length] ?? 0) === 1,
    mayMatchBelow: (folder) => {
      const below = `${folder}/`;
      if (!below.startsWith(prefix) && !prefix.startsWith(below)) return false;
      // The last state is the end of the pattern: a longer path is beyond it.
      return walk(tokens, below).subarray(0, tokens.length).includes(1);
    },
  };
}

/** The states that are reached when the whole text is read. */
function walk(tokens: readonly Token[], text: string): Uint8Array {
  let states = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  enter(tokens, 0, states);
  for (const character of text) {
    next.fill(0);
    for (let state = 0; state < tokens.length; state++) {
      if (states[state] === 1) step(tokens, state, character, next);
    }
    [states, next] = [next, states];
  }
  return states;
}

function step(tokens: readonly Token[], state: number, character: string, next: Uint8Array): void {
  const token = tokens[state];
  if (token === undefined) return;
  switch (token.kind) {
    case "character":
      if (token.matches(character)) enter(tokens, state + 1, next);
      return;
    case "star":
      if (character !== "/") enter(tokens, state, next);
      return;
    case "folders":
      // Staying in the middle of a folder's name is not entering: what follows begins after a slash.
      next[state] = 1;
      if (character === "/") enter(tokens, state + 1, next);
      return;
    case "rest":
      enter(tokens, state, next);
      return;
  }
}

/** Marks a state and, since wildcards may match nothing, those after it. */
function enter(tokens: readonly Token[], state: number, states: Uint8Array): void {
  for (let at = state; ; at++) {
    states[at] = 1;
    const kind = tokens[at]?.kind;
    if (kind === undefined || kind === "character") return;
  }
}

function parseTokens(pattern: string): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? "";
    if (character === "*" && characters[at + 1] === "*") {
      at += characters[at + 2] === "/" ? 3 : 2;
      tokens.push({ kind: at >= characters.length ? "rest" : "folders" });
    } else if (character === "*") {
      at++;
      tokens.push({ kind: "star" });
    } else if (character === "?") {
      at++;
      tokens.push({ kind: "character", matches: (c) => c !== "/" });
    } else if (character === "[") {
      const read = readClass(characters, at, pattern);
      at = read.end;
      tokens.push({ kind: "character", matches: read.matcher });
    } else {
      const literal = character === "\\" ? (characters[at + 1] ?? "\\") : character;
      at += character === "\\" ? 2 : 1;
      tokens.push({ kind: "character", matches: (c) => c === literal, literal });
    }
  }
  return tokens;
}

function literalPrefix(tokens: readonly Token[]): string {
  let prefix = "";
  for (const token of tokens) {
    if (token.kind !== "character" || token.literal === undefined) break;
    prefix += token.literal;
  }
  return prefix;
}

function literalSuffix(tokens: readonly Token[]): string {
  return Array.from(literalPrefix([...tokens].reverse()))
    .reverse()
    .join("");
}

function isLiteral(pattern: string): boolean {
  return !/[*?[\]\\]/.test(pattern);
}
