// One instruction from its logical line: the keyword chooses the parser; heredocs are read before it runs.

import { argumentError, type InstructionContext, type InstructionParts } from "./instruction-context.ts";
import { readExecForm } from "./exec-form.ts";
import { readFlags } from "./flag-set.ts";
import { heredocsOfLine, readHeredoc } from "./heredoc.ts";
import type { Heredoc, Instruction, OnbuildInstruction } from "./instruction.ts";
import type { LineReader, ReadInstruction } from "./line-reader.ts";
import { parseFrom } from "./parse-from.ts";
import {
  parseExpose,
  parseMaintainer,
  parseStopSignalInstruction,
  parseUser,
  parseVolume,
  parseWorkdir,
} from "./parse-metadata.ts";
import { parseArg, parseEnv, parseLabel } from "./parse-pairs.ts";
import { parseCmd, parseEntrypoint, parseHealthcheck, parseShell } from "./parse-process.ts";
import { parseRun } from "./parse-run.ts";
import { parseAdd, parseCopy } from "./parse-transfer.ts";
import { type CommandLine, splitCommand } from "./split-command.ts";
import { formatSuggestion, suggest } from "./suggest.ts";

type Kind = Instruction["kind"];
type Parser = (context: InstructionContext) => Instruction;

const PARSERS: ReadonlyMap<string, Parser> = new Map<Kind, Parser>([
  ["add", parseAdd],
  ["arg", parseArg],
  ["cmd", parseCmd],
  ["copy", parseCopy],
  ["entrypoint", parseEntrypoint],
  ["env", parseEnv],
  ["expose", parseExpose],
  ["from", parseFrom],
  ["healthcheck", parseHealthcheck],
  ["label", parseLabel],
  ["maintainer", parseMaintainer],
  ["onbuild", parseOnbuild],
  ["run", parseRun],
  ["shell", parseShell],
  ["stopsignal", parseStopSignalInstruction],
  ["user", parseUser],
  ["volume", parseVolume],
  ["workdir", parseWorkdir],
]);
const KEYWORDS = [...PARSERS.keys()].map((kind) => kind.toUpperCase());
const NO_TRIGGERS: ReadonlySet<string> = new Set<Kind>(["from", "maintainer", "onbuild"]);

/** Parses the instruction of a line and reads its heredocs from the lines after it. */
export function parseInstruction(read: ReadInstruction, reader: LineReader, escape: "\\" | "`"): Instruction {
  const command = splitCommand(read.line, 0);
  const parse = parserOf(command);
  const heredocs = heredocsOf(command).map((word) => readHeredoc(reader, read.line, command.whole, word));
  const parts = partsOf(command, heredocs, read.comments);
  return parse({ command, escape, heredocs, parts });
}

function parserOf(command: CommandLine): Parser {
  const parser = PARSERS.get(command.keyword.text.toLowerCase());
  if (parser !== undefined) return parser;
  const { text } = command.keyword;
  if (text === "") {
    const reason = "a continuation with nothing to continue, remove it";
    throw command.line.error("UNKNOWN_INSTRUCTION", `Cannot parse the Dockerfile: ${reason}`, command.whole);
  }
  const remedy = formatSuggestion(suggest(text, KEYWORDS, { ignoreCase: true }));
  const message = `Cannot parse the Dockerfile: unknown instruction ${text}${remedy}`;
  throw command.line.error("UNKNOWN_INSTRUCTION", message, command.whole);
}

/** The heredocs that the instruction announces: RUN, COPY and ADD, also as triggers, but not in JSON form. */
function heredocsOf(command: CommandLine): ReturnType<typeof heredocsOfLine> {
  const kind = command.keyword.text.toLowerCase();
  if (kind === "onbuild")
    return command.rest.start === command.rest.end ? [] : heredocsOf(triggerOf(command));
  if (kind !== "run" && kind !== "copy" && kind !== "add") return [];
  if (readExecForm(command.line, command.rest) !== undefined) return [];
  return heredocsOfLine(command.line, command.whole);
}

function triggerOf(command: CommandLine): CommandLine {
  return splitCommand(command.line, command.rest.start);
}

function partsOf(
  command: CommandLine,
  heredocs: readonly Heredoc[],
  comments: readonly string[],
): InstructionParts {
  const { line, whole, keyword } = command;
  const span = line.span(whole);
  const end = heredocs.at(-1)?.span.end ?? span.end;
  return {
    span: { start: span.start, end },
    keyword,
    source: line.text.slice(whole.start, whole.end),
    comments,
  };
}

function parseOnbuild(context: InstructionContext): OnbuildInstruction {
  readFlags(context.command, {});
  const { line, rest } = context.command;
  if (rest.start === rest.end)
    throw argumentError(context, "ONBUILD requires at least one argument, an instruction");
  const command = triggerOf(context.command);
  const keyword = command.keyword.text.toUpperCase();
  if (keyword === "ONBUILD") {
    throw argumentError(context, "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", command.keyword);
  }
  if (NO_TRIGGERS.has(keyword.toLowerCase())) {
    throw argumentError(context, `${keyword} isn't allowed as an ONBUILD trigger`, command.keyword);
  }
  const parts = partsOf(command, context.heredocs, []);
  const instruction = parserOf(command)({ ...context, command, parts });
  if (instruction.kind === "from") throw argumentError(context, "FROM isn't allowed as an ONBUILD trigger");
  const bodies = context.heredocs.map((heredoc) => `\n${heredoc.raw}${heredoc.name}`).join("");
  const trigger = line.text.slice(rest.start, rest.end) + bodies;
  return { ...context.parts, kind: "onbuild", trigger, instruction };
}
