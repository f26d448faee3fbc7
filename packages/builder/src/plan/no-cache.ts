// `--no-cache` and `--no-cache-filter`: which stages are built anew.
import type { Dockerfile } from "@tsbuild/dockerfile";
import type { BuildOptions } from "../build-options.ts";
import { takesFiles, type Plan } from "./plan.ts";

/** Whether the steps of this stage may not come from the cache. A stage goes by its name, without regard to case, or its number. */
export function isUncached(
  stage: { readonly index: number; readonly name?: string | undefined },
  noCache: BuildOptions["noCache"],
): boolean {
  if (typeof noCache === "boolean" || noCache === undefined) return noCache === true;
  return noCache.some((wanted) => wanted.toLowerCase() === stage.name || wanted === String(stage.index));
}

/**
 * The stages whose result may differ from what the cache knows under their keys: those built anew, and those that stand on
 * one or take files from one. What is copied from them counts by its content.
 */
export function stagesAnew(plan: Plan, noCache: BuildOptions["noCache"]): ReadonlySet<number> {
  const anew = new Set<number>();
  // A stage comes after all that it needs.
  for (const stage of plan.stages) {
    const { base, steps } = stage;
    const needs = steps.flatMap(({ effect }) =>
      effect !== undefined && takesFiles(effect) && effect.from.kind === "stage" ? [effect.from.stage] : [],
    );
    if (base.kind === "stage") needs.push(base.stage);
    if (isUncached(stage, noCache) || needs.some((index) => anew.has(index))) anew.add(stage.index);
  }
  return anew;
}

/** The names of `--no-cache-filter` that no stage has. */
export function unknownFilters(dockerfile: Dockerfile, noCache: BuildOptions["noCache"]): string[] {
  if (typeof noCache === "boolean" || noCache === undefined) return [];
  return noCache.filter((wanted) => !dockerfile.stages.some((stage) => isUncached(stage, [wanted])));
}
