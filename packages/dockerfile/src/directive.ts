// Parser directives: the comments `# syntax=`, `# escape=` and `# check=` before anything else.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/parser/directives.go

import { parseCheckOptions } from "./check-options.ts";
import { DockerfileError, quote } from "./dockerfile-error.ts";
import { isOwnFrontend } from "./frontend.ts";
import type { Directives, Span, Word } from "./instruction.ts";
import { physicalLineAt } from "./line-reader.ts";
import type { SourceText } from "./source-text.ts";
import { isSpace, skipSpace } from "./white-space.ts";

interface Directive {
  readonly key: string;
  readonly value: Word;
}

type DirectiveKey = "syntax" | "escape" | "check";
const KNOWN: ReadonlySet<string> = new Set<DirectiveKey>(["syntax", "escape", "check"]);
const KEY = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=/;

/** The directives, and the offset after them from which the comments and instructions are read. */
export interface ReadDirectives {
  readonly directives: Directives;
  readonly end: number;
}

/** Reads the directives. Throws `DIRECTIVE_INVALID`, and `FRONTEND_UNSUPPORTED` for a foreign `# syntax=`. */
export function readDirectives(
  source: SourceText,
  allowFrontend: (reference: string) => boolean = isOwnFrontend,
): ReadDirectives {
  const start = source.text.startsWith("\uFEFF") ? 1 : 0;
  const { escape, end } = readEscape(source, start);
  const syntax = findSyntax(source, start);
  if (syntax !== undefined) checkSyntax(source, syntax, allowFrontend);
  const check = findDirective("check", source, afterShebang(source, start), "#");
  if (check !== undefined) checkOptions(source, check);
  return {
    directives: {
      ...(syntax === undefined ? {} : { syntax }),
      escape,
      ...(check === undefined ? {} : { check }),
    },
    end,
  };
}

/** The lines are read twice, by two rules: this one allows blanks before the `#`, and refuses doubles. */
function readEscape(source: SourceText, start: number): { escape: "\\" | "`"; end: number } {
  const seen = new Set<string>();
  let escape: "\\" | "`" = "\\";
  let end = start;
  for (let line = physicalLineAt(source, start); line !== undefined; line = physicalLineAt(source, end)) {
    const text = skipSpace(source.text, line.start, line.contentEnd);
    const directive = parseDirective(source, { start: text, end: line.contentEnd }, "#");
    if (directive === undefined) break;
    if (seen.has(directive.key)) {
      const reason = `only one ${directive.key} parser directive can be used, remove the others`;
      throw invalid(source, directive.value.span, reason);
    }
    seen.add(directive.key);
    if (directive.key === "escape") escape = readEscapeToken(source, directive.value);
    end = line.end;
  }
  return { escape, end };
}

function readEscapeToken(source: SourceText, value: Word): "\\" | "`" {
  if (value.text === "\\" || value.text === "`") return value.text;
  throw invalid(source, value.span, `invalid escape token ${quote(value.text)}, it must be \` or \\`);
}

/** `# syntax=` first; then `// syntax=` and `{"syntax": …}`, for files of other frontends. */
function findSyntax(source: SourceText, start: number): Word | undefined {
  const from = afterShebang(source, start);
  const found = findDirective("syntax", source, from, "#") ?? findDirective("syntax", source, from, "//");
  return found ?? findJsonSyntax(source, from);
}

function findDirective(
  key: DirectiveKey,
  source: SourceText,
  start: number,
  prefix: string,
): Word | undefined {
  const seen = new Set<string>();
  let at = start;
  for (let line = physicalLineAt(source, at); line !== undefined; line = physicalLineAt(source, at)) {
    const directive = parseDirective(source, { start: line.start, end: line.contentEnd }, prefix);
    if (directive === undefined || seen.has(directive.key)) return undefined;
    if (directive.key === key) return directive.value;
    seen.add(directive.key);
    at = line.end;
  }
  return undefined;
}

function findJsonSyntax(source: SourceText, start: number): Word | undefined {
  if (source.text[skipSpace(source.text, start)] !== "{") return undefined;
  try {
    const document: unknown = JSON.parse(source.text.slice(start));
    if (typeof document !== "object" || document === null || !Object.hasOwn(document, "syntax"))
      return undefined;
    const { syntax } = document as { syntax: unknown };
    if (typeof syntax !== "string") return undefined;
    return { text: syntax, span: source.span(start, source.text.length) };
  } catch {
    return undefined;
  }
}

function parseDirective(
  source: SourceText,
  range: { start: number; end: number },
  prefix: string,
): Directive | undefined {
  const { text } = source;
  if (!text.startsWith(prefix, range.start)) return undefined;
  const start = skipSpace(text, range.start + prefix.length, range.end);
  const match = KEY.exec(text.slice(start, range.end));
  const key = match?.[1]?.toLowerCase();
  if (match === null || key === undefined || !KNOWN.has(key)) return undefined;
  const afterEquals = start + match[0].length;
  if (afterEquals === range.end) return undefined;
  const valueStart = skipSpace(text, afterEquals, range.end);
  let valueEnd = range.end;
  while (valueEnd > valueStart && isSpace(text.charCodeAt(valueEnd - 1))) valueEnd--;
  return { key, value: { text: text.slice(valueStart, valueEnd), span: source.span(valueStart, valueEnd) } };
}

function afterShebang(source: SourceText, start: number): number {
  if (!source.text.startsWith("#!", start)) return start;
  const feed = source.text.indexOf("\n", start);
  return feed === -1 ? source.text.length : feed + 1;
}

function checkSyntax(source: SourceText, syntax: Word, allowed: (reference: string) => boolean): void {
  const [reference = ""] = syntax.text.split(" ", 1);
  if (allowed(reference)) return;
  throw new DockerfileError(
    "FRONTEND_UNSUPPORTED",
    `Cannot use the frontend ${quote(reference)}: tsbuild has the Dockerfile language of docker/dockerfile:1 built in and runs no other; remove the line or write # syntax=docker/dockerfile:1`,
    { place: { path: source.path, source: source.text, span: syntax.span } },
  );
}

function checkOptions(source: SourceText, check: Word): void {
  try {
    parseCheckOptions(check.text);
  } catch (error) {
    if (error instanceof DockerfileError) {
      throw error.at({ path: source.path, source: source.text, span: check.span });
    }
    throw error;
  }
}

function invalid(source: SourceText, span: Span, reason: string): DockerfileError {
  const place = { path: source.path, source: source.text, span };
  return new DockerfileError("DIRECTIVE_INVALID", `Cannot parse the directive: ${reason}`, { place });
}
