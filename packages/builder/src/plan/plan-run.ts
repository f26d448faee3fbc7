// RUN: what the process is given. Its text is the shell's; nothing of it is expanded here.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/dockerfile2llb/convert.go
import { runFormOf, type RunForm, type RunInstruction } from "@tsbuild/dockerfile";
import { shellOf } from "../config/shell-of.ts";
import { type Evaluation, type StepOrigin, withEffect } from "./evaluation.ts";
import type { InlineFile, RunEffect, Variable } from "./plan.ts";
import { isForRun, proxyVariables } from "./predefined-args.ts";
import type { StageContext } from "./stage-context.ts";
import type { VariableScope } from "./variable-scope.ts";

/** Host names are BuildKit's, unless this build argument gives another. */
const hostnameArg = "BUILDKIT_SANDBOX_HOSTNAME";
const defaultHostname = "buildkitsandbox";

/** The evaluation after a RUN. */
export function planRun(
  state: Evaluation,
  instruction: RunInstruction,
  context: StageContext,
  origin: StepOrigin,
): Evaluation {
  const form = runFormOf(instruction);
  const { runs } = context;
  const { network = "default" } = instruction;
  const effect: RunEffect = {
    kind: "run",
    args: argsOf(form, shellOf(state.config)),
    env: [...state.scope.values].filter(([name]) => isForRun(name)),
    proxies: proxyVariables((name) => context.buildArg(name)),
    workdir: state.config.WorkingDir || "/",
    user: state.config.User ?? "",
    network: network === "default" ? runs.network : network,
    hostname: context.buildArg(hostnameArg) || defaultHostname,
    extraHosts: runs.extraHosts,
    scripts: scriptsOf(form),
  };
  const created = `RUN ${[...declaredArgs(state.scope), ...effect.args].join(" ")}`;
  return withEffect(state, stepText(instruction), effect, origin, created);
}

function argsOf(form: RunForm, shell: readonly string[]): readonly string[] {
  switch (form.kind) {
    case "exec":
      return form.args;
    case "shell":
      return [...shell, form.text];
    case "script":
      return [...shell, `/dev/pipes/${form.name}`];
  }
}

function scriptsOf(form: RunForm): InlineFile[] {
  return form.kind === "script" ? [{ name: form.name, content: form.content }] : [];
}

/** `|2 a=1 b=2`: the ARGs in force, each name once, with the value that a variable of that name has now. */
function declaredArgs({ args, values }: VariableScope): string[] {
  const pairs = new Map(args.map(({ name, value }) => [name, values.get(name) ?? value ?? ""]));
  if (pairs.size === 0) return [];
  return [`|${pairs.size}`, ...[...pairs].map(([name, value]: Variable) => `${name}=${value}`)];
}

/** The instruction as the user wrote it, on one line; of a heredoc its first line tells enough. */
function stepText({ command, heredocs }: RunInstruction): string {
  if (command.form === "exec") return `RUN ${JSON.stringify(command.args)}`;
  const [first] = heredocs;
  if (first === undefined) return `RUN ${command.text}`;
  const [line = "", ...more] = first.content.trimEnd().split("\n");
  return `RUN ${command.text} (${line}${more.length > 0 ? "..." : ""})`;
}
