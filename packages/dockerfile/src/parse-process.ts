// The instructions that hold a command: CMD, ENTRYPOINT, SHELL and HEALTHCHECK.

import { parseDuration } from "./duration.ts";
import { readExecForm, wordTexts } from "./exec-form.ts";
import { quote } from "./dockerfile-error.ts";
import { type FlagKinds, type Flags, readFlags } from "./flag-set.ts";
import { argumentError, contextError, type InstructionContext } from "./instruction-context.ts";
import type {
  CmdInstruction,
  Command,
  EntrypointInstruction,
  HealthcheckInstruction,
  HealthcheckOptions,
  ShellInstruction,
} from "./instruction.ts";
import type { Range } from "./logical-line.ts";
import { isSpace, skipSpace } from "./white-space.ts";

const HEALTH_FLAGS: FlagKinds = {
  interval: "text",
  timeout: "text",
  "start-period": "text",
  "start-interval": "text",
  retries: "text",
};
const MIN_DURATION_NS = 1_000_000;
const MAX_RETRIES = 2_147_483_647;

/** The command in a range of the line: JSON form, or all of the text. */
export function readCommand(context: InstructionContext, range: Range = context.command.rest): Command {
  const { line } = context.command;
  const exec = readExecForm(line, range);
  if (exec !== undefined) return { form: "exec", args: wordTexts(exec) };
  return { form: "shell", text: line.text.slice(range.start, range.end) };
}

export function parseCmd(context: InstructionContext): CmdInstruction {
  readFlags(context.command, {});
  return { ...context.parts, kind: "cmd", command: readCommand(context) };
}

export function parseEntrypoint(context: InstructionContext): EntrypointInstruction {
  readFlags(context.command, {});
  return { ...context.parts, kind: "entrypoint", command: readCommand(context) };
}

export function parseShell(context: InstructionContext): ShellInstruction {
  readFlags(context.command, {});
  const command = readCommand(context);
  if (command.form === "shell" && command.text !== "") {
    throw argumentError(
      context,
      'SHELL requires the arguments to be in JSON form, as in SHELL ["/bin/bash", "-c"]',
    );
  }
  if (command.form === "shell" || command.args.length === 0) {
    throw argumentError(context, "SHELL requires at least one argument");
  }
  return { ...context.parts, kind: "shell", args: command.args };
}

export function parseHealthcheck(context: InstructionContext): HealthcheckInstruction {
  const { line, rest } = context.command;
  let typeEnd = rest.start;
  while (typeEnd < rest.end && !isSpace(line.text.charCodeAt(typeEnd))) typeEnd++;
  const type = line.text.slice(rest.start, typeEnd);
  const flags = readFlags(context.command, HEALTH_FLAGS);
  const commandRange = { start: skipSpace(line.text, typeEnd, rest.end), end: rest.end };
  const options = readHealthOptions(context, flags);
  switch (type.toUpperCase()) {
    case "":
      throw argumentError(context, "HEALTHCHECK requires at least one argument, CMD and a command or NONE");
    case "NONE":
      if (commandRange.start < rest.end) throw argumentError(context, "HEALTHCHECK NONE takes no arguments");
      return { ...context.parts, kind: "healthcheck", options: {} };
    case "CMD": {
      const command = readCommand(context, commandRange);
      const isEmpty = command.form === "shell" ? command.text === "" : command.args.length === 0;
      if (isEmpty) throw argumentError(context, "missing command after HEALTHCHECK CMD");
      return { ...context.parts, kind: "healthcheck", command, options };
    }
    default:
      throw argumentError(context, `unknown type ${quote(type)}, it is CMD or NONE`);
  }
}

function readHealthOptions(context: InstructionContext, flags: Flags): HealthcheckOptions {
  const intervalNs = readDuration(context, flags, "interval");
  const timeoutNs = readDuration(context, flags, "timeout");
  const startPeriodNs = readDuration(context, flags, "start-period");
  const startIntervalNs = readDuration(context, flags, "start-interval");
  const retries = readRetries(context, flags);
  return {
    ...(intervalNs === undefined ? {} : { intervalNs }),
    ...(timeoutNs === undefined ? {} : { timeoutNs }),
    ...(startPeriodNs === undefined ? {} : { startPeriodNs }),
    ...(startIntervalNs === undefined ? {} : { startIntervalNs }),
    ...(retries === undefined ? {} : { retries }),
  };
}

function readDuration(context: InstructionContext, flags: Flags, name: string): number | undefined {
  const word = flags.text(name);
  if (word === undefined) return undefined;
  const ns = parseDuration(word.text);
  if (ns === undefined) {
    throw contextError(
      context,
      "FLAG_INVALID",
      `--${name} is a duration as 30s or 1m30s, not ${quote(word.text)}`,
      word,
    );
  }
  if (ns !== 0 && ns < MIN_DURATION_NS) {
    throw contextError(context, "FLAG_INVALID", `--${name} cannot be less than 1ms`, word);
  }
  return ns;
}

function readRetries(context: InstructionContext, flags: Flags): number | undefined {
  const word = flags.text("retries");
  if (word === undefined) return undefined;
  const retries = /^[+-]?\d{1,20}$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (retries < 0)
    throw contextError(context, "FLAG_INVALID", `--retries cannot be negative (${retries})`, word);
  if (!(retries <= MAX_RETRIES)) {
    throw contextError(context, "FLAG_INVALID", `--retries is a whole number, not ${quote(word.text)}`, word);
  }
  return retries;
}
