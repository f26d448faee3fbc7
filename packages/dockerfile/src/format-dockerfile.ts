// A tree back to text that parses to the same tree: keywords, words and bodies as they were, each instruction on one
// line (or cut where a line would be too long), comments above, directives first.

import type { Dockerfile, Heredoc, Instruction } from "./instruction.ts";
import { MAX_LINE_BYTES } from "./line-reader.ts";
import { isSpace } from "./white-space.ts";

/** The text of the whole file, with a blank line before each stage. */
export function formatDockerfile(dockerfile: Dockerfile): string {
  const { directives, globalArgs, stages } = dockerfile;
  const { escape } = directives;
  const head: string[] = [];
  if (directives.syntax !== undefined) head.push(`# syntax=${directives.syntax.text}`);
  if (escape !== "\\") head.push(`# escape=${escape}`);
  if (directives.check !== undefined) head.push(`# check=${directives.check.text}`);
  const format = (instruction: Instruction) => formatInstruction(instruction, { escape });
  const blocks = [
    head.join("\n"),
    globalArgs.map(format).join("\n"),
    ...stages.map((stage) => [stage.from, ...stage.instructions].map(format).join("\n")),
  ];
  // The blank line after the directives, or at the start, keeps a comment from being read as a directive.
  const text = blocks.filter((block) => block !== "").join("\n\n");
  return `${head.length === 0 && text.startsWith("#") ? "\n" : ""}${text}\n`;
}

/** The text of one instruction with its comments and heredocs, without a trailing newline. */
export function formatInstruction(instruction: Instruction, options: { escape?: "\\" | "`" } = {}): string {
  const escape = options.escape ?? "\\";
  const comments = instruction.comments.map((comment) => `# ${comment}`);
  const bodies = heredocsIn(instruction).map((heredoc) => heredoc.raw + heredoc.name);
  return [...comments, breakLine(instruction.source, escape), ...bodies].join("\n");
}

function heredocsIn(instruction: Instruction): readonly Heredoc[] {
  if (instruction.kind === "run") return instruction.heredocs;
  if (instruction.kind === "onbuild") return heredocsIn(instruction.instruction);
  if (instruction.kind !== "copy" && instruction.kind !== "add") return [];
  return instruction.sources.flatMap((source) => (source.kind === "heredoc" ? [source.heredoc] : []));
}

/** Cuts text that is too long for one line; the next line must not look like a comment or be blank. */
function breakLine(text: string, escape: string): string {
  const limit = Math.floor(MAX_LINE_BYTES / 3) - 1;
  const lines: string[] = [];
  let start = 0;
  while (text.length - start > limit) {
    let end = start + limit;
    while (end > start && !canCut(text, end, escape)) end--;
    // No place to cut in so much text: leave it, the parser will say what is wrong.
    if (end === start) break;
    lines.push(text.slice(start, end) + escape);
    start = end;
  }
  lines.push(protectEnd(text.slice(start), escape));
  return lines.join("\n");
}

function canCut(text: string, at: number, escape: string): boolean {
  const next = text.charCodeAt(at);
  if (isSpace(next) || text[at] === "#" || (next >= 0xdc00 && next < 0xe000)) return false;
  return text[at - 1] !== escape && text[at] !== escape;
}

/** A lone escape token at the end would continue the line: a vertical tab after it is trimmed, and no continuation. */
function protectEnd(line: string, escape: string): string {
  const continues = line.endsWith(escape) && line.at(-2) !== escape;
  return continues ? `${line}\v` : line;
}
