// Where a step stands, as BuildKit counts and prints it: `[linux/arm64 builder 2/5] `.
import { formatPlatform, type Platform } from "@tsbuild/oci";
import type { PlannedStage } from "../plan/plan.ts";

export interface PrefixOptions {
  /** How many stages the Dockerfile has: the only one needs no name. */
  readonly stages: number;
  /** Given when several platforms are built. */
  readonly platform: Platform | undefined;
}

/** `position` is "from", or which of the stage's steps that make a layer, from 0. */
export function stepPrefix(stage: PlannedStage, position: "from" | number, o: PrefixOptions): string {
  const platform = o.platform === undefined ? "" : `${formatPlatform(o.platform)} `;
  const isNamed = o.stages > 1 || stage.name !== undefined;
  const name = isNamed ? `${stage.name ?? `stage-${stage.index}`} ` : "";
  // FROM an image is a step; FROM scratch or another stage is none.
  const first = stage.base.kind === "image" ? 1 : 0;
  const number = position === "from" ? 1 : first + position + 1;
  return `[${platform}${name}${number}/${first + countEffects(stage)}] `;
}

/** How many of the stage's steps make a layer. */
function countEffects(stage: PlannedStage): number {
  return stage.steps.filter((step) => step.effect !== undefined).length;
}
