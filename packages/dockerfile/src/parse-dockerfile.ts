// A whole Dockerfile: directives, the arguments before the first stage, and the stages.

import { readDirectives } from "./directive.ts";
import { DockerfileError, type DockerfileErrorCode, type ErrorPlace } from "./dockerfile-error.ts";
import type {
  ArgInstruction,
  Dockerfile,
  Instruction,
  Span,
  Stage,
  StageInstruction,
} from "./instruction.ts";
import { LineReader } from "./line-reader.ts";
import { parseInstruction } from "./parse-instruction.ts";
import { decodeSource, SourceText } from "./source-text.ts";
import { trimSpace } from "./white-space.ts";

export interface ParseOptions {
  /** How errors name the file; `Dockerfile` by default. */
  readonly path?: string | undefined;
  /** Which references of `# syntax=` to accept instead of docker's own frontend. */
  readonly allowFrontend?: ((reference: string) => boolean) | undefined;
}

/** Parses a Dockerfile; words stay unexpanded. Throws the first `DockerfileError`. */
export function parseDockerfile(source: string | Uint8Array, options: ParseOptions = {}): Dockerfile {
  const text = typeof source === "string" ? source : decodeSource(source);
  const file = new SourceText(text, options.path ?? "Dockerfile");
  if (trimSpace(text.replace(/^\uFEFF/, "")) === "") throw emptyError(file, "the Dockerfile cannot be empty");
  const { directives, end } = readDirectives(file, options.allowFrontend);
  const reader = new LineReader(file, directives.escape, end);
  const globalArgs: ArgInstruction[] = [];
  const stages: StageDraft[] = [];
  for (let read = reader.readInstruction(); read !== undefined; read = reader.readInstruction()) {
    const instruction = parseInstruction(read, reader, directives.escape);
    const stage = stages.at(-1);
    if (instruction.kind === "from") stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === "arg") globalArgs.push(instruction);
    else throw stageMissing(file, instruction);
  }
  if (stages.length === 0) {
    throw emptyError(
      file,
      globalArgs.length === 0 ? "file with no instructions" : "it has no stage, begin one with FROM",
    );
  }
  const { path } = file;
  return {
    path,
    source: text,
    directives,
    globalArgs,
    stages: stages.map(finishStage),
    warnings: reader.warnings,
  };
}

/** Where a span of a parsed Dockerfile is, for `DockerfileError.at`. */
export function placeOf(dockerfile: Dockerfile, span: Span): ErrorPlace {
  return { path: dockerfile.path, source: dockerfile.source, span };
}

/** A trigger of ONBUILD as it is in an image's config: exactly one instruction. Throws `DockerfileError`. */
export function parseTrigger(trigger: string, options: ParseOptions = {}): StageInstruction {
  const file = new SourceText(trigger, options.path ?? "ONBUILD trigger");
  const reader = new LineReader(file, "\\", 0);
  const read = reader.readInstruction();
  if (read === undefined) throw triggerError(file, "it is empty");
  const instruction = parseInstruction(read, reader, "\\");
  if (reader.readInstruction() !== undefined) throw triggerError(file, "it must be a single instruction");
  if (instruction.kind === "from" || instruction.kind === "onbuild" || instruction.kind === "maintainer") {
    throw triggerError(file, `${instruction.kind.toUpperCase()} isn't allowed as an ONBUILD trigger`);
  }
  return instruction;
}

interface StageDraft {
  readonly from: Extract<Instruction, { kind: "from" }>;
  readonly instructions: StageInstruction[];
}

function finishStage({ from, instructions }: StageDraft, index: number): Stage {
  const end = (instructions.at(-1) ?? from).span.end;
  const name = from.as?.text.toLowerCase();
  return {
    index,
    ...(name === undefined ? {} : { name }),
    from,
    instructions,
    span: { start: from.span.start, end },
  };
}

function stageMissing(file: SourceText, instruction: Instruction): DockerfileError {
  const keyword = instruction.keyword.text.toUpperCase();
  const reason = "no build stage in current context, only ARG may stand before the first FROM";
  return fileError(file, "STAGE_MISSING", `Cannot parse ${keyword}: ${reason}`, instruction.span);
}

function emptyError(file: SourceText, reason: string): DockerfileError {
  return fileError(file, "EMPTY", `Cannot build from the Dockerfile: ${reason}`, file.span(0, 0));
}

function triggerError(file: SourceText, reason: string): DockerfileError {
  return fileError(
    file,
    "ARGUMENT_INVALID",
    `Cannot run the ONBUILD trigger: ${reason}`,
    file.span(0, file.text.length),
  );
}

function fileError(
  file: SourceText,
  code: DockerfileErrorCode,
  message: string,
  span: Span,
): DockerfileError {
  return new DockerfileError(code, message, { place: { path: file.path, source: file.text, span } });
}
