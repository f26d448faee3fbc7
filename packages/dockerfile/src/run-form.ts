// What a RUN with heredocs runs. A heredoc alone is the script itself, for shells that don't know heredocs; with more
// on the line the shell gets it all back. https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/dockerfile2llb/convert.go

import { findHeredocWord } from "./heredoc.ts";
import type { RunInstruction } from "./instruction.ts";

export type RunForm =
  /** These arguments, without a shell. */
  | { readonly kind: "exec"; readonly args: readonly string[] }
  /** This text, as the last argument of the SHELL in force. */
  | { readonly kind: "shell"; readonly text: string }
  /** A script with `#!`: to be a file `/dev/pipes/<name>` of mode 0755, whose path the SHELL in force runs. */
  | { readonly kind: "script"; readonly name: string; readonly content: string };

/** What the instruction runs, with its heredocs put in. */
export function runFormOf(run: RunInstruction): RunForm {
  if (run.command.form === "exec") return { kind: "exec", args: run.command.args };
  const { text } = run.command;
  const [first] = run.heredocs;
  if (first === undefined) return { kind: "shell", text };
  if (findHeredocWord(text) === undefined) {
    const bodies = run.heredocs.map((heredoc) => `\n${heredoc.raw}${heredoc.name}`);
    return { kind: "shell", text: text + bodies.join("") };
  }
  if (!first.raw.startsWith("#!")) return { kind: "shell", text: first.content };
  return { kind: "script", name: first.name, content: first.content };
}
