// `--exclude`, and the path of `--parents`: which entries below a copied folder are taken. Paths are relative to that
// folder; patterns are those of .dockerignore, so that one which matches a folder matches everything in it.
import { IgnoreMatcher, parseIgnorePattern } from "@tsbuild/dockerfile";
import { hasWildcards } from "./match-sources.ts";

export interface CopyFilter {
  /** An `--exclude` matches. */
  excludes(path: string): boolean;
  selects(path: string): boolean;
  /** Whether something below the folder `path`, which is itself not selected, may be. False is certain. */
  maySelectBelow(path: string): boolean;
}

/** Undefined when everything is taken. Throws what `parseIgnorePattern` throws for a broken pattern. */
export function createCopyFilter(options: {
  readonly excludes: readonly string[];
  /** Only this path, or what this pattern matches; "" is everything. */
  readonly include?: string;
}): CopyFilter | undefined {
  const { excludes, include = "" } = options;
  if (excludes.length === 0 && include === "") return undefined;
  const excluded = excludes.length === 0 ? undefined : new IgnoreMatcher(excludes.map(parseIgnorePattern));
  const included = include === "" ? undefined : new IgnoreMatcher([parseIgnorePattern(include)]);
  const literal = literalPrefix(include);
  const isExcluded = (path: string): boolean => excluded?.ignores(path) === true;
  const isIncluded = (path: string): boolean => included === undefined || included.ignores(path);
  return {
    excludes: isExcluded,
    selects: (path) => isIncluded(path) && !isExcluded(path),
    maySelectBelow: (path) => {
      if (isExcluded(path) && excluded?.mayHaveExceptionsBelow(path) !== true) return false;
      return isIncluded(path) || isOnTheWay(path, literal);
    },
  };
}

/** The components of a pattern before the first wildcard. */
function literalPrefix(pattern: string): string[] {
  const parts = pattern.split("/");
  const wild = parts.findIndex((part) => hasWildcards(part) || part.includes("\\"));
  return wild === -1 ? parts : parts.slice(0, wild);
}

/** Whether what begins with the components `literal` can be below `path`. */
function isOnTheWay(path: string, literal: readonly string[]): boolean {
  const parts = path.split("/");
  return literal.every((part, index) => parts[index] === undefined || parts[index] === part);
}
