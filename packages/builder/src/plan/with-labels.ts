// `--label`: labels of the image that are not in the Dockerfile.
import { applyConfigChange } from "../config/config-change.ts";
import type { PlannedStage } from "./plan.ts";

/** Labels of the command line leave no trace in the history, as with docker. */
export function withLabels(planned: PlannedStage, labels: ReadonlyMap<string, string>): PlannedStage {
  const changes = [...labels].map(([key, value]) => ({ kind: "label", key, value }) as const);
  return { ...planned, config: changes.reduce(applyConfigChange, planned.config) };
}
