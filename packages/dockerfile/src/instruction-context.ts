// What the parser of one instruction gets: its line split up, its heredocs read, and a way to fail with its name.

import { DockerfileError, type DockerfileErrorCode, type ErrorPlace } from "./dockerfile-error.ts";
import type { Heredoc, Span, Word } from "./instruction.ts";
import type { Range } from "./logical-line.ts";
import type { CommandLine } from "./split-command.ts";

/** The parts that every node has. */
export interface InstructionParts {
  readonly span: Span;
  readonly keyword: Word;
  readonly source: string;
  readonly comments: readonly string[];
}

/** One instruction about to be parsed. */
export interface InstructionContext {
  readonly command: CommandLine;
  readonly escape: "\\" | "`";
  readonly heredocs: readonly Heredoc[];
  readonly parts: InstructionParts;
}

/** `Cannot parse COPY: <reason>`, at the arguments or at a word of them. */
export function argumentError(
  context: InstructionContext,
  reason: string,
  at: Range | Word = wholeOf(context),
): Error {
  return contextError(context, "ARGUMENT_INVALID", reason, at);
}

/** As `argumentError`, with another code. */
export function contextError(
  context: InstructionContext,
  code: DockerfileErrorCode,
  reason: string,
  at: Range | Word = wholeOf(context),
): DockerfileError {
  const { line, keyword } = context.command;
  const message = `Cannot parse ${keyword.text.toUpperCase()}: ${reason}`;
  if (!("span" in at)) return line.error(code, message, at);
  return new DockerfileError(code, message, { place: placeOfWord(context, at) });
}

/** Where a word is, for an error about its value. */
export function placeOfWord(context: InstructionContext, word: Word): ErrorPlace {
  const { source } = context.command.line;
  return { path: source.path, source: source.text, span: word.span };
}

/** The text of the arguments. */
export function restText(context: InstructionContext): string {
  const { line, rest } = context.command;
  return line.text.slice(rest.start, rest.end);
}

function wholeOf(context: InstructionContext): Range {
  return context.command.whole;
}
