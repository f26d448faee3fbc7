// ENV and LABEL (`key=value …`, or the legacy `key the rest is the value`) and ARG (`name`, `name=default`).

import { quote } from "./dockerfile-error.ts";
import { readFlags } from "./flag-set.ts";
import { argumentError, type InstructionContext, restText } from "./instruction-context.ts";
import type {
  ArgDeclaration,
  ArgInstruction,
  EnvInstruction,
  LabelInstruction,
  Pair,
  Word,
} from "./instruction.ts";
import { type PlacedWord, splitQuoted } from "./split-words.ts";
import { isSeparator } from "./white-space.ts";

export function parseEnv(context: InstructionContext): EnvInstruction {
  return { ...context.parts, kind: "env", ...parsePairs(context) };
}

export function parseLabel(context: InstructionContext): LabelInstruction {
  return { ...context.parts, kind: "label", ...parsePairs(context) };
}

export function parseArg(context: InstructionContext): ArgInstruction {
  readFlags(context.command, {});
  const words = quotedWords(context);
  if (words.length === 0) throw argumentError(context, "ARG requires at least one argument");
  const args = words.map(({ word, start }): ArgDeclaration => {
    const { key, value } = cutAtEquals(context, word, start);
    if (value !== undefined && key.text === "")
      throw argumentError(context, "ARG names can not be blank", word);
    return value === undefined ? { name: key } : { name: key, value };
  });
  return { ...context.parts, kind: "arg", args };
}

function parsePairs(context: InstructionContext): { pairs: Pair[]; legacy: boolean } {
  readFlags(context.command, {});
  const keyword = context.command.keyword.text.toUpperCase();
  const words = quotedWords(context);
  const [first] = words;
  if (first === undefined) throw argumentError(context, `${keyword} requires at least one argument`);
  if (!first.word.text.includes("=")) return { pairs: [legacyPair(context)], legacy: true };
  const pairs = words.map(({ word, start }): Pair => {
    const { key, value } = cutAtEquals(context, word, start);
    if (value === undefined) {
      const remedy = "it must be of the form name=value, with quotes around a value that has blanks";
      throw argumentError(context, `can't find = in ${quote(word.text)}, ${remedy}`, word);
    }
    if (key.text === "") throw argumentError(context, `${keyword} names can not be blank`, word);
    return { key, value };
  });
  return { pairs, legacy: false };
}

/** `ENV key value…`: the value is all that follows the first blanks. */
function legacyPair(context: InstructionContext): Pair {
  const { line, rest } = context.command;
  let keyEnd = rest.start;
  while (keyEnd < rest.end && !isSeparator(line.text.charCodeAt(keyEnd))) keyEnd++;
  let valueStart = keyEnd;
  while (valueStart < rest.end && isSeparator(line.text.charCodeAt(valueStart))) valueStart++;
  if (valueStart === rest.end) {
    const keyword = context.command.keyword.text.toUpperCase();
    throw argumentError(context, `${keyword} must have two arguments, write ${restText(context)}=value`);
  }
  return {
    key: line.word({ start: rest.start, end: keyEnd }),
    value: line.word({ start: valueStart, end: rest.end }),
  };
}

function quotedWords(context: InstructionContext): PlacedWord[] {
  const { command, escape } = context;
  return splitQuoted(command.line, command.rest, escape);
}

function cutAtEquals(context: InstructionContext, word: Word, start: number): { key: Word; value?: Word } {
  const { line } = context.command;
  const equals = word.text.indexOf("=");
  if (equals === -1) return { key: word };
  return {
    key: line.word({ start, end: start + equals }),
    value: line.word({ start: start + equals + 1, end: start + word.text.length }),
  };
}
