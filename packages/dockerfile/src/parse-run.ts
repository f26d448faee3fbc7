// RUN: a command, its heredocs, and flags for mounts, network, security and devices.

import { quote } from "./dockerfile-error.ts";
import { type FlagKinds, type Flags, readFlags } from "./flag-set.ts";
import { contextError, type InstructionContext } from "./instruction-context.ts";
import type { RunInstruction } from "./instruction.ts";
import { parseMount } from "./mount.ts";
import { readCommand } from "./parse-process.ts";
import { formatSuggestion, suggest } from "./suggest.ts";

const RUN_FLAGS: FlagKinds = { mount: "texts", network: "text", security: "text", device: "texts" };
const NETWORKS = ["default", "none", "host"] as const;
const SECURITIES = ["sandbox", "insecure"] as const;

export function parseRun(context: InstructionContext): RunInstruction {
  const flags = readFlags(context.command, RUN_FLAGS);
  const network = readChoice(context, flags, "network", NETWORKS);
  const security = readChoice(context, flags, "security", SECURITIES);
  return {
    ...context.parts,
    kind: "run",
    command: readCommand(context),
    heredocs: context.heredocs,
    mounts: flags.texts("mount").map((word) => parseMount(context, word)),
    ...(network === undefined ? {} : { network }),
    ...(security === undefined ? {} : { security }),
    devices: flags.texts("device"),
  };
}

function readChoice<Choice extends string>(
  context: InstructionContext,
  flags: Flags,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const word = flags.text(name);
  if (word === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === word.text);
  if (choice !== undefined) return choice;
  const remedy = formatSuggestion(suggest(word.text, choices));
  const reason = `--${name} is ${choices.join(" or ")}, not ${quote(word.text)}${remedy}`;
  throw contextError(context, "FLAG_INVALID", reason, word);
}
