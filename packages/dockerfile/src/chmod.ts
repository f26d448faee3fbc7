// Modes of `--chmod`: octal, or symbolic as chmod(1) has them, with no umask.

import { DockerfileError, quote } from "./dockerfile-error.ts";

/** The new permission bits (07777) of a file that has `mode`. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

interface Action {
  readonly who: number;
  readonly operator: string;
  readonly permissions: string;
}

const WHO: ReadonlyMap<string, number> = new Map([
  ["u", 0o4700],
  ["g", 0o2070],
  ["o", 0o0007],
  ["a", 0o6777],
]);
const ALL = 0o6777;
const STICKY = 0o1000;
const SPECIAL = 0o6000;
const CLAUSE = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/;

/** Parses `755`, `u=rwX,go=rX`, `+x`, `g=u` …. Throws `FLAG_INVALID`. */
export function parseChmod(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return () => mode;
  }
  const actions: Action[] = [];
  for (const clause of text.split(",")) {
    const match = clause.length > 64 ? null : CLAUSE.exec(clause);
    if (match === null) throw invalid(text);
    let who = 0;
    for (const letter of match[1] ?? "") who |= WHO.get(letter) ?? 0;
    for (const [, operator = "", permissions = ""] of (match[2] ?? "").matchAll(/([-+=])([^-+=]*)/g)) {
      actions.push({ who, operator, permissions });
    }
  }
  return (mode, isDirectory) =>
    actions.reduce((now, action) => apply(action, now, mode, isDirectory), mode & 0o7777);
}

function apply(action: Action, now: number, original: number, isDirectory: boolean): number {
  let who = action.who === 0 ? ALL : action.who;
  let bits = 0;
  for (const permission of action.permissions) {
    if (permission === "t") {
      // Only "others" has no sticky bit.
      if (action.who === 0o0007) continue;
      who |= STICKY;
      bits |= STICKY;
    } else bits |= bitsOf(permission, now, original, isDirectory);
  }
  if (action.operator === "=") return (now & ~who) | (bits & who);
  return action.operator === "+" ? now | (bits & who) : now & ~(bits & who);
}

function bitsOf(permission: string, now: number, original: number, isDirectory: boolean): number {
  switch (permission) {
    case "r":
      return 0o444;
    case "w":
      return 0o222;
    case "x":
      return 0o111;
    case "X":
      return isDirectory || (original & 0o111) !== 0 ? 0o111 : 0;
    case "s":
      return SPECIAL;
    case "u":
      return ((now >> 6) & 7) * 0o111;
    case "g":
      return ((now >> 3) & 7) * 0o111;
    default:
      return (now & 7) * 0o111;
  }
}

function invalid(text: string): DockerfileError {
  return new DockerfileError(
    "FLAG_INVALID",
    `Cannot parse the mode ${quote(text)}: it is octal between 0 and 07777, or symbolic as in u=rwX,go=rX`,
  );
}
