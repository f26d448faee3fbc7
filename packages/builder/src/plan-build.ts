// Everything of a build but the doing: the plan, with what the cache has of it.
import { parseDockerfile } from "@tsbuild/dockerfile";
import type { BuildOptions } from "./build-options.ts";
import { Keyring } from "./key/keyring.ts";
import { openBuild } from "./open-build.ts";
import { planAll } from "./plan/plan-all.ts";
import type { Plan } from "./plan/plan.ts";
import { withEpochOf } from "./plan/source-date-epoch.ts";
import { readDockerfile } from "./read/read-dockerfile.ts";
import { refuseOptions } from "./read/refuse-options.ts";
import { ContextFiles } from "./solve/context-files.ts";
import { StageFates, type StepFate } from "./solve/stage-fates.ts";

export interface PlannedBuild {
  readonly plan: Plan;
  /** By stage index, one entry a step. */
  readonly fates: ReadonlyMap<number, readonly StepFate[]>;
}

/** Plans a build, one plan a platform. Reads manifests, configs and the context; writes nothing but the store's memory of them. */
export async function planBuild(options: BuildOptions): Promise<readonly PlannedBuild[]> {
  const opened = openBuild(options);
  return opened.run(async () => {
    refuseOptions(options);
    const input = await readDockerfile(options);
    const dockerfile = parseDockerfile(input.source, { path: input.path });
    const open = withEpochOf(dockerfile, opened);
    const plans = await planAll(dockerfile, open);
    const context = open.closing(new ContextFiles(input, open));
    const planned: PlannedBuild[] = [];
    for (const plan of plans) {
      const stageFates = new StageFates(plan, new Keyring(plan, context, open.options), open);
      const fates = new Map<number, readonly StepFate[]>();
      for (const { index } of plan.stages) fates.set(index, (await stageFates.of(index)).steps);
      planned.push({ plan, fates });
    }
    return planned;
  });
}
