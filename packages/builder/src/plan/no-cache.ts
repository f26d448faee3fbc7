// `--no-cache` and `--no-cache-filter`: which stages are built anew.
import type { Dockerfile } from "@tsbuild/dockerfile";
import type { BuildOptions } from "../build-options.ts";

/** Whether the steps of this stage may not come from the cache. A stage goes by its name, without regard to case, or its number. */
export function isUncached(
  stage: { readonly index: number; readonly name?: string | undefined },
  noCache: BuildOptions["noCache"],
): boolean {
  if (typeof noCache === "boolean" || noCache === undefined) return noCache === true;
  return noCache.some((wanted) => wanted.toLowerCase() === stage.name || wanted === String(stage.index));
}

/** The names of `--no-cache-filter` that no stage has. */
export function unknownFilters(dockerfile: Dockerfile, noCache: BuildOptions["noCache"]): string[] {
  if (typeof noCache === "boolean" || noCache === undefined) return [];
  return noCache.filter((wanted) => !dockerfile.stages.some((stage) => isUncached(stage, [wanted])));
}
