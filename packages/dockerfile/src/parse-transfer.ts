// COPY and ADD: sources (paths, URLs, heredocs), one destination, and flags.

import { isVariable } from "./has-variable.ts";
import { parseChmod } from "./chmod.ts";
import { DockerfileError } from "./dockerfile-error.ts";
import { readExecForm } from "./exec-form.ts";
import { type FlagKinds, type Flags, readFlags } from "./flag-set.ts";
import { findHeredocWord } from "./heredoc.ts";
import { parseIgnorePattern } from "./ignore-file.ts";
import { argumentError, contextError, type InstructionContext, placeOfWord } from "./instruction-context.ts";
import type { AddInstruction, CopyInstruction, CopySource, Heredoc, Word } from "./instruction.ts";
import { splitAtBlanks } from "./split-words.ts";

const COMMON_FLAGS: FlagKinds = { chown: "text", chmod: "text", link: "boolean", exclude: "texts" };
const COPY_FLAGS: FlagKinds = { from: "text", ...COMMON_FLAGS, parents: "boolean" };
const ADD_FLAGS: FlagKinds = {
  ...COMMON_FLAGS,
  checksum: "text",
  "keep-git-dir": "boolean",
  unpack: "boolean",
};

export function parseCopy(context: InstructionContext): CopyInstruction {
  const flags = readFlags(context.command, COPY_FLAGS);
  const from = flags.text("from");
  if (from?.text.includes("$") === true) {
    const remedy = "define a new stage with FROM using ARG from global scope, and copy from that";
    throw argumentError(context, `variable expansion is not supported for --from: ${remedy}`, from);
  }
  return {
    ...context.parts,
    kind: "copy",
    ...parseTransfer(context, flags),
    ...(from === undefined ? {} : { from }),
    parents: flags.boolean("parents") ?? false,
  };
}

export function parseAdd(context: InstructionContext): AddInstruction {
  const flags = readFlags(context.command, ADD_FLAGS);
  const checksum = flags.text("checksum");
  const keepGitDir = flags.boolean("keep-git-dir");
  const unpack = flags.boolean("unpack");
  return {
    ...context.parts,
    kind: "add",
    ...parseTransfer(context, flags),
    ...(checksum === undefined ? {} : { checksum }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(unpack === undefined ? {} : { unpack }),
  };
}

interface Transfer {
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  readonly excludes: readonly Word[];
}

function parseTransfer(context: InstructionContext, flags: Flags): Transfer {
  const { line, rest } = context.command;
  const exec = readExecForm(line, rest);
  const words = exec ?? splitAtBlanks(line, rest);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    const keyword = context.command.keyword.text.toUpperCase();
    const reason = `${keyword} requires at least two arguments, but ${words.length === 0 ? "none" : "only one"} was provided`;
    throw argumentError(context, `${reason}; the last one is the destination`);
  }
  const chown = flags.text("chown");
  const chmod = flags.text("chmod");
  if (chmod !== undefined) check(context, chmod, () => parseChmod(chmod.text));
  const excludes = flags.texts("exclude").filter((word) => word.text !== "");
  for (const exclude of excludes) check(context, exclude, () => parseIgnorePattern(exclude.text));
  return {
    sources: exec === undefined ? findSources(context, words) : words.slice(0, -1).map(pathSource),
    destination,
    ...(chown === undefined ? {} : { chown }),
    ...(chmod === undefined ? {} : { chmod }),
    link: flags.boolean("link") ?? false,
    excludes,
  };
}

/** Pairs the words that announce a heredoc with the bodies read, in order. */
function findSources(context: InstructionContext, words: readonly Word[]): CopySource[] {
  const destination = words.at(-1);
  if (destination !== undefined && findHeredocWord(destination.text) !== undefined) {
    throw heredocError(context, "a heredoc can't be the destination, give one after it", destination);
  }
  let used = 0;
  const sources = words.slice(0, -1).map((word): CopySource => {
    const announced = findHeredocWord(word.text);
    if (announced === undefined) return pathSource(word);
    const heredoc = context.heredocs[used];
    used++;
    if (heredoc === undefined || heredoc.name !== announced.name) {
      throw heredocError(
        context,
        `the heredoc ${announced.name} can't be read, quote it like a shell would`,
        word,
      );
    }
    return { kind: "heredoc", heredoc: asFile(context, heredoc, word) };
  });
  const [unused] = context.heredocs.slice(used);
  if (unused !== undefined) {
    throw heredocError(
      context,
      `write <<${unused.name} as one word without blanks or quotes around them`,
      destination,
    );
  }
  return sources;
}

/** The name of a heredoc is the name of the file: it must be one. */
function asFile(context: InstructionContext, heredoc: Heredoc, word: Word): Heredoc {
  const { name } = heredoc;
  if (name !== "." && name !== ".." && !/[/\0]/.test(name)) return heredoc;
  throw heredocError(context, `the heredoc ${name} names the file to make, which can't have that name`, word);
}

function pathSource(word: Word): CopySource {
  return { kind: "path", word };
}

/** Checks a value that has no variables; the others are checked when they are expanded. */
function check(context: InstructionContext, word: Word, parse: () => unknown): void {
  if (isVariable(word.text)) return;
  try {
    parse();
  } catch (error) {
    if (error instanceof DockerfileError) throw error.at(placeOfWord(context, word));
    throw error;
  }
}

function heredocError(context: InstructionContext, reason: string, word: Word | undefined): Error {
  return contextError(context, "HEREDOC_INVALID", reason, word);
}
