// The instructions with plain arguments: USER, WORKDIR, STOPSIGNAL, MAINTAINER, EXPOSE and VOLUME.

import { readExecForm } from "./exec-form.ts";
import { readFlags } from "./flag-set.ts";
import { argumentError, type InstructionContext } from "./instruction-context.ts";
import type {
  ExposeInstruction,
  MaintainerInstruction,
  StopSignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
  Word,
} from "./instruction.ts";
import { splitAtBlanks } from "./split-words.ts";
import { trimSpace } from "./white-space.ts";

export function parseUser(context: InstructionContext): UserInstruction {
  return { ...context.parts, kind: "user", user: readOnly(context) };
}

export function parseWorkdir(context: InstructionContext): WorkdirInstruction {
  return { ...context.parts, kind: "workdir", path: readOnly(context) };
}

export function parseStopSignalInstruction(context: InstructionContext): StopSignalInstruction {
  return { ...context.parts, kind: "stopsignal", signal: readOnly(context) };
}

export function parseMaintainer(context: InstructionContext): MaintainerInstruction {
  return { ...context.parts, kind: "maintainer", name: readOnly(context).text };
}

export function parseExpose(context: InstructionContext): ExposeInstruction {
  readFlags(context.command, {});
  const ports = splitAtBlanks(context.command.line, context.command.rest);
  if (ports.length === 0) throw argumentError(context, "EXPOSE requires at least one argument");
  return { ...context.parts, kind: "expose", ports };
}

export function parseVolume(context: InstructionContext): VolumeInstruction {
  readFlags(context.command, {});
  const { line, rest } = context.command;
  const words = readExecForm(line, rest) ?? splitAtBlanks(line, rest);
  if (words.length === 0) throw argumentError(context, "VOLUME requires at least one argument");
  const paths = words.map((word) => {
    const text = trimSpace(word.text);
    if (text === "") throw argumentError(context, "VOLUME specified can not be an empty string", word);
    return { text, span: word.span };
  });
  return { ...context.parts, kind: "volume", paths };
}

/** All of the arguments' text as the one argument. */
function readOnly(context: InstructionContext): Word {
  readFlags(context.command, {});
  const { line, rest, keyword } = context.command;
  if (rest.start === rest.end) {
    throw argumentError(context, `${keyword.text.toUpperCase()} requires exactly one argument`);
  }
  return line.word(rest);
}
