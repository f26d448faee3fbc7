// Which paths an ignore file leaves out, as moby/patternmatcher decides: the last pattern that matches the path or
// one of its parent folders counts. https://github.com/moby/patternmatcher/blob/v0.6.0/patternmatcher.go

import type { IgnorePattern } from "./ignore-file.ts";
import { compileGlob, type PathGlob } from "./path-glob.ts";

interface Rule {
  readonly index: number;
  readonly negated: boolean;
  readonly glob: PathGlob;
}

const NONE = -1;

/**
 * Compiled once, asked for each path. Paths are relative to the root, with slashes, without `./` and a trailing slash.
 * Asking in the order of a walk is fast: the answers of the folders above are kept.
 */
export class IgnoreMatcher {
  /** As given: enough to make the same matcher elsewhere. */
  readonly patterns: readonly IgnorePattern[];
  readonly #rules: readonly Rule[];
  /** Rules for exactly one path, and for one base name anywhere: the last index of each. */
  readonly #byPath = new Map<string, number>();
  readonly #byBaseName = new Map<string, number>();
  /** The others, last first. */
  readonly #globs: readonly Rule[];
  readonly #exceptions: readonly Rule[];
  /** The folders above the last path asked for, with the index of the rule that counts for each. */
  readonly #folders: { readonly path: string; readonly last: number }[] = [];

  constructor(patterns: readonly IgnorePattern[]) {
    this.patterns = patterns;
    this.#rules = patterns.map(({ pattern, negated }, index) => ({
      index,
      negated,
      glob: compileGlob(pattern),
    }));
    const globs: Rule[] = [];
    for (const rule of this.#rules) {
      const { literal, baseName } = rule.glob;
      if (literal !== undefined) this.#byPath.set(literal, rule.index);
      else if (baseName !== undefined) this.#byBaseName.set(baseName, rule.index);
      else globs.unshift(rule);
    }
    this.#globs = globs;
    this.#exceptions = this.#rules.filter((rule) => rule.negated);
  }

  /** Whether the path, a file or a folder, is ignored. The root, "" or ".", never is. */
  ignores(path: string): boolean {
    return this.#isIgnoring(this.#lastRule(path));
  }

  /** The pattern that makes the path ignored; undefined when it is not. */
  ignoredBy(path: string): IgnorePattern | undefined {
    const last = this.#lastRule(path);
    return this.#isIgnoring(last) ? this.patterns[last] : undefined;
  }

  /** Whether anything below an ignored folder may not be ignored; if not, a walker need not go there. */
  mayHaveExceptionsBelow(folder: string): boolean {
    if (folder === "" || folder === ".") return this.#exceptions.length > 0;
    const last = this.#lastRule(folder);
    return this.#exceptions.some((rule) => rule.index > last && rule.glob.mayMatchBelow(folder));
  }

  #isIgnoring(index: number): boolean {
    return index !== NONE && this.#rules[index]?.negated === false;
  }

  #lastRule(path: string): number {
    if (path === "" || path === "." || this.#rules.length === 0) return NONE;
    return this.#matchOwn(path, this.#lastRuleOfFolder(path));
  }

  /** The rule for the folder that holds the path, from the kept ones as far as they agree with the path. */
  #lastRuleOfFolder(path: string): number {
    let depth = this.#folders.length;
    while (depth > 0 && !path.startsWith(`${this.#folders[depth - 1]?.path}/`)) depth--;
    this.#folders.length = depth;
    const known = this.#folders[depth - 1];
    let last = known?.last ?? NONE;
    let slash = path.indexOf("/", (known?.path.length ?? -1) + 1);
    while (slash !== -1) {
      const folder = path.slice(0, slash);
      last = this.#matchOwn(folder, last);
      this.#folders.push({ path: folder, last });
      slash = path.indexOf("/", slash + 1);
    }
    return last;
  }

  /** The last rule that matches the path itself, if it comes after the one that matches a parent. */
  #matchOwn(path: string, parent: number): number {
    const baseName = path.slice(path.lastIndexOf("/") + 1);
    let last = Math.max(parent, this.#byPath.get(path) ?? NONE, this.#byBaseName.get(baseName) ?? NONE);
    for (const rule of this.#globs) {
      if (rule.index < last) break;
      if (rule.glob.matches(path)) last = rule.index;
    }
    return last;
  }
}
