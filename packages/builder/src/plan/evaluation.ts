// What is known of a stage while its instructions are folded over: the config so far, the variables, the steps.
import type { RuntimeConfig } from "@tsbuild/oci";
import { applyConfigChange, type ConfigChange } from "../config/config-change.ts";
import { historyEntry } from "./history-text.ts";
import type { Effect, Step } from "./plan.ts";
import type { VariableScope } from "./variable-scope.ts";
import type { Span } from "@tsbuild/dockerfile";

export interface Evaluation {
  readonly config: RuntimeConfig;
  readonly scope: VariableScope;
  readonly author?: string;
  /** CMD was set in this stage, so that ENTRYPOINT leaves it. */
  readonly cmdSet: boolean;
  readonly steps: readonly Step[];
}

/** Where a step comes from. */
export interface StepOrigin {
  readonly span: Span;
  readonly trigger?: string;
}

/** The evaluation after a step that changes only the config. */
export function withConfig(
  state: Evaluation,
  text: string,
  changes: readonly ConfigChange[],
  origin: StepOrigin,
): Evaluation {
  const config = changes.reduce(applyConfigChange, state.config);
  const step: Step = { text, history: historyEntry(text, "config"), ...origin };
  return { ...state, config, steps: [...state.steps, step] };
}

/** The evaluation after a step that makes a layer; `created` is its text in the history. */
export function withEffect(
  state: Evaluation,
  text: string,
  effect: Effect,
  origin: StepOrigin,
  created = text,
): Evaluation {
  const kind = effect.kind === "workdir" ? "workdir" : "files";
  const step: Step = { effect, text, history: historyEntry(created, kind), ...origin };
  return { ...state, steps: [...state.steps, step] };
}
