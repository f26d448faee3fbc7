// One instruction of a stage: expanded against the scope before it, and turned into the step that it is.
import {
  parsePorts,
  parseStopSignal,
  type Command,
  type HealthcheckInstruction,
  type StageInstruction,
} from "@tsbuild/dockerfile";
import type { RuntimeConfig } from "@tsbuild/oci";
import { BuildError } from "../build-error.ts";
import { applyConfigChange } from "../config/config-change.ts";
import { shellOf } from "../config/shell-of.ts";
import { type Evaluation, type StepOrigin, withConfig, withEffect } from "./evaluation.ts";
import { healthcheckText, plainList, quotedList } from "./history-text.ts";
import { planRun } from "./plan-run.ts";
import { planTransfer } from "./plan-transfer.ts";
import { refuseUnsupported } from "./refuse-unsupported.ts";
import type { StageContext } from "./stage-context.ts";
import { expand, expandSplit, withArg, withEnv } from "./variable-scope.ts";

/** The evaluation after `instruction`. Errors carry the place in the Dockerfile. */
export function planInstruction(
  state: Evaluation,
  instruction: StageInstruction,
  context: StageContext,
): Evaluation {
  refuseUnsupported(instruction);
  const origin: StepOrigin = context.origin(instruction.span);
  const word = (text: { readonly text: string }): string => expand(state.scope, text.text);
  switch (instruction.kind) {
    case "arg":
      return planArg(state, instruction, context);
    case "env": {
      // All values see the variables from before this instruction.
      const pairs = instruction.pairs.map((pair) => ({ key: word(pair.key), value: word(pair.value) }));
      for (const pair of pairs) requireName(pair.key, "ENV");
      const scope = pairs.reduce((current, pair) => withEnv(current, pair.key, pair.value), state.scope);
      const text = `ENV ${pairs.map((pair) => `${pair.key}=${pair.value}`).join(" ")}`;
      const next = withConfig(
        state,
        text,
        pairs.map((pair) => ({ kind: "env", ...pair })),
        origin,
      );
      return { ...next, scope };
    }
    case "label": {
      const pairs = instruction.pairs.map((pair) => ({ key: word(pair.key), value: word(pair.value) }));
      for (const pair of pairs) requireName(pair.key, "LABEL");
      const text = `LABEL ${pairs.map((pair) => `${pair.key}=${pair.value}`).join(" ")}`;
      return withConfig(
        state,
        text,
        pairs.map((pair) => ({ kind: "label", ...pair })),
        origin,
      );
    }
    case "copy":
    case "add":
      return planTransfer(state, instruction, context, origin);
    case "run":
      return planRun(state, instruction, context, origin);
    case "cmd": {
      const args = commandArgs(instruction.command, state.config);
      return {
        ...withConfig(state, `CMD ${quotedList(args)}`, [{ kind: "cmd", args }], origin),
        cmdSet: true,
      };
    }
    case "entrypoint": {
      const args = commandArgs(instruction.command, state.config);
      const change = { kind: "entrypoint", args, keepCmd: state.cmdSet } as const;
      return withConfig(state, `ENTRYPOINT ${quotedList(args)}`, [change], origin);
    }
    case "user": {
      const user = word(instruction.user);
      return withConfig(state, `USER ${user}`, [{ kind: "user", user }], origin);
    }
    case "workdir":
      return planWorkdirStep(state, word(instruction.path), origin);
    case "expose": {
      const ports = parsePorts(instruction.ports.flatMap((port) => expandSplit(state.scope, port.text)));
      return withConfig(state, `EXPOSE ${plainList(ports)}`, [{ kind: "expose", ports }], origin);
    }
    case "volume": {
      const paths = instruction.paths.map(word);
      if (paths.some((path) => path.trim() === "")) {
        throw new BuildError("DOCKERFILE_INVALID", "Cannot declare a VOLUME: its path is empty");
      }
      return withConfig(state, `VOLUME ${plainList(paths)}`, [{ kind: "volume", paths }], origin);
    }
    case "stopsignal": {
      const signal = word(instruction.signal);
      parseStopSignal(signal);
      return withConfig(state, `STOPSIGNAL ${signal}`, [{ kind: "stopsignal", signal }], origin);
    }
    case "healthcheck": {
      const healthcheck = healthcheckOf(instruction);
      return withConfig(
        state,
        `HEALTHCHECK ${healthcheckText(healthcheck)}`,
        [{ kind: "healthcheck", healthcheck }],
        origin,
      );
    }
    case "shell":
      return withConfig(
        state,
        `SHELL ${plainList(instruction.args)}`,
        [{ kind: "shell", args: instruction.args }],
        origin,
      );
    case "maintainer":
      return { ...withConfig(state, `MAINTAINER ${instruction.name}`, [], origin), author: instruction.name };
    case "onbuild":
      // No step: as with BuildKit, the image's history does not tell of it.
      return {
        ...state,
        config: applyConfigChange(state.config, { kind: "onbuild", trigger: instruction.trigger }),
      };
  }
}

/** WORKDIR: relative to the one before, cleaned, clamped at the root. The root itself needs no layer. */
function planWorkdirStep(state: Evaluation, path: string, origin: StepOrigin): Evaluation {
  if (path === "")
    throw new BuildError("DOCKERFILE_INVALID", "Cannot set WORKDIR: its path is empty after expansion");
  const workdir = joinWorkdir(state.config.WorkingDir ?? "/", path);
  const text = `WORKDIR ${workdir}`;
  const change = { kind: "workdir", path: workdir } as const;
  if (workdir === "/") return withConfig(state, text, [change], origin);
  const user = state.config.User ?? "";
  const next = withEffect(state, text, { kind: "workdir", path: workdir, user }, origin);
  return { ...next, config: { ...next.config, WorkingDir: workdir } };
}

/** `path` seen from `workdir`, absolute, without `.` and `..` and without a trailing slash. */
function joinWorkdir(workdir: string, path: string): string {
  const parts: string[] = [];
  const joined = path.startsWith("/") ? path : `${workdir}/${path}`;
  for (const part of joined.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Each later ARG of one line sees the earlier ones. */
function planArg(
  state: Evaluation,
  instruction: Extract<StageInstruction, { kind: "arg" }>,
  context: StageContext,
): Evaluation {
  let scope = state.scope;
  const texts: string[] = [];
  for (const { name, value: fallback } of instruction.args) {
    const given = context.takeBuildArg(name.text);
    const value =
      given ?? (fallback === undefined ? context.globals.get(name.text) : expand(scope, fallback.text));
    scope = withArg(scope, name.text, value);
    texts.push(value === undefined ? name.text : `${name.text}=${value}`);
  }
  return { ...withConfig(state, `ARG ${texts.join(" ")}`, [], context.origin(instruction.span)), scope };
}

function commandArgs(command: Command, config: RuntimeConfig): readonly string[] {
  if (command.form === "exec") return command.args;
  return [...shellOf(config), command.text];
}

function healthcheckOf(instruction: HealthcheckInstruction): NonNullable<RuntimeConfig["Healthcheck"]> {
  const { command, options } = instruction;
  if (command === undefined) return { Test: ["NONE"] };
  const Test = command.form === "exec" ? ["CMD", ...command.args] : ["CMD-SHELL", command.text];
  const entries = {
    Interval: options.intervalNs,
    Timeout: options.timeoutNs,
    StartPeriod: options.startPeriodNs,
    StartInterval: options.startIntervalNs,
    Retries: options.retries,
  };
  const set = Object.entries(entries).filter(([, value]) => value !== undefined && value !== 0);
  return { Test, ...Object.fromEntries(set) };
}

function requireName(name: string, keyword: string): void {
  if (name === "") throw new BuildError("DOCKERFILE_INVALID", `Cannot set ${keyword}: a name is blank`);
}
