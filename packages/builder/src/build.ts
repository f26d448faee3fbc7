// The product in five verbs: read, parse, plan, solve, export.
import { parseDockerfile } from "@tsbuild/dockerfile";
import type { BuildOptions, BuildResult } from "./build-options.ts";
import { exportResult } from "./export/export-result.ts";
import { openBuild } from "./open-build.ts";
import { usesContext } from "./plan/uses-context.ts";
import { planAll } from "./plan/plan-all.ts";
import { withEpochOf } from "./plan/source-date-epoch.ts";
import { readDockerfile } from "./read/read-dockerfile.ts";
import { refuseOptions } from "./read/refuse-options.ts";
import { ContextFiles } from "./solve/context-files.ts";
import { solvePlan } from "./solve/solve-plan.ts";

/**
 * Builds an image from a Dockerfile. Throws BuildError; when `signal` aborts, what it was aborted with. Nothing
 * half-written is left behind either way: layers that were finished stay in the store for the next build.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const opened = openBuild(options);
  return opened.run(async () => {
    refuseOptions(options);
    const input = await readDockerfile(options);
    const dockerfile = parseDockerfile(input.source, { path: input.path });
    const open = withEpochOf(dockerfile, opened);
    const context = open.closing(new ContextFiles(input, open));
    if (usesContext(dockerfile)) context.startEarly();
    const plans = await planAll(dockerfile, open);
    const images = await open.together(plans.map((plan) => solvePlan(plan, dockerfile, context, open)));
    return exportResult(images, open);
  });
}
