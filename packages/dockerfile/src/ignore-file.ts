// `.dockerignore`: lines to patterns. https://github.com/moby/patternmatcher/blob/v0.6.0/ignorefile/ignorefile.go

import { cleanPath } from "./clean-path.ts";
import { DockerfileError, quote } from "./dockerfile-error.ts";
import { compilePath } from "./match-path.ts";
import { trimSpace } from "./white-space.ts";

/** One rule: what matches is ignored, or with `negated` is not. */
export interface IgnorePattern {
  /** Cleaned, without `!`, relative to the root. */
  readonly pattern: string;
  readonly negated: boolean;
  /** The line of the file, from 1; absent for a pattern of its own. */
  readonly line?: number;
}

/** The rules of an ignore file in order. Throws `BAD_PATTERN`. */
export function parseIgnoreFile(text: string, options: { path?: string } = {}): IgnorePattern[] {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const patterns: IgnorePattern[] = [];
  let offset = 0;
  for (const [index, line] of source.split("\n").entries()) {
    const start = { line: index + 1, column: 1, offset };
    offset += line.length + 1;
    // Only at column 1: with a blank before it, `#` begins a pattern.
    if (line.startsWith("#") || trimSpace(line) === "") continue;
    try {
      patterns.push({ ...parseIgnorePattern(line), line: index + 1 });
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      const end = { line: start.line, column: line.length + 1, offset: offset - 1 };
      throw error.at({ path: options.path ?? ".dockerignore", source, span: { start, end } });
    }
  }
  return patterns;
}

/** One rule, of an ignore file or of `--exclude`. Throws `BAD_PATTERN`. */
export function parseIgnorePattern(text: string): IgnorePattern {
  const trimmed = trimSpace(text);
  const negated = trimmed.startsWith("!");
  const body = negated ? trimSpace(trimmed.slice(1)) : trimmed;
  if (body === "") {
    throw new DockerfileError(
      "BAD_PATTERN",
      `Cannot parse the pattern ${quote(text)}: there is nothing to match`,
    );
  }
  const cleaned = cleanPath(body);
  const pattern = cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned;
  // The syntax is Go's filepath.Match with `**` added, and as there a bad pattern is an error, not a literal.
  compilePath(pattern);
  return { pattern, negated };
}
