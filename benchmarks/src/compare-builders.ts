// The rounds: both builders build each workload in turn, every cold build from an empty store and a registry that has
// only the bases.
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pushBase, type BaseName } from "../../test/src/bases/push-base.ts";
import type { DebianRegistry } from "../../test/src/registries/debian-registry.ts";
import { restoreSnapshot, saveSnapshot } from "../../test/src/registries/registry-snapshot.ts";
import type { BuilderUnderTest, Run } from "./builder-under-test.ts";
import { readStolenTicks, waitForQuiet } from "./machine-state.ts";
import type { Round } from "./results-table.ts";
import type { Build, Workload } from "./workloads.ts";

export interface Comparison {
  readonly builders: readonly BuilderUnderTest[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly registry: DebianRegistry;
  /** Where contexts and the registry's snapshot lie. */
  readonly folder: string;
}

export interface Measurements {
  readonly rounds: readonly Round[];
  /** The highest share of the CPUs that others used before a build, and what the hypervisor took in all. */
  readonly foreignShare: number;
  readonly stolenTicks: number;
}

export async function compareBuilders(comparison: Comparison): Promise<Measurements> {
  const { builders, workloads, registry, folder } = comparison;
  await prepareContexts(comparison);
  const snapshot = join(folder, "registry-before");
  await saveSnapshot(registry.dataFolder, snapshot);
  let foreignShare = 0;
  const stolenBefore = readStolenTicks();

  const measure = async (
    builder: BuilderUnderTest,
    { name }: Workload,
    build: Build,
    round: number,
  ): Promise<Run> => {
    const context = join(folder, name);
    if (build.start === "cold") {
      await builder.forget();
      await restoreSnapshot(snapshot, registry.dataFolder);
    }
    if (build.changes !== undefined) {
      appendFileSync(join(context, build.changes), `// round ${round} ${builder.name}\n`);
    }
    foreignShare = Math.max(foreignShare, await waitForQuiet());
    const run = await builder.build(context, {
      tag: `${registry.address}/out/${name}:1`,
      dockerfile: join(context, build.dockerfile ?? "Dockerfile"),
    });
    console.error(`${round} ${build.name} ${builder.name}: ${(run.wallMs / 1000).toFixed(2)} s`);
    return run;
  };

  const rounds: Round[] = [];
  for (let round = 1; round <= comparison.rounds; round += 1) {
    const runs = { tsbuild: new Map<string, Run>(), buildah: new Map<string, Run>() };
    // One builder's cold build and what stands on it stay together; who goes first changes from round to round.
    for (const workload of workloads) {
      for (const builder of round % 2 === 1 ? builders : [...builders].reverse()) {
        for (const build of workload.builds) {
          runs[builder.name].set(build.name, await measure(builder, workload, build, round));
        }
        await builder.forget();
      }
    }
    rounds.push(runs);
  }
  return { rounds, foreignShare, stolenTicks: readStolenTicks() - stolenBefore };
}

async function prepareContexts({ workloads, registry, folder }: Comparison): Promise<void> {
  const references = new Map<BaseName, string>();
  for (const base of new Set(workloads.flatMap(({ bases }) => bases))) {
    references.set(base, await pushBase(base, registry.address));
  }
  for (const workload of workloads) {
    const context = join(folder, workload.name);
    mkdirSync(context);
    workload.prepare(context, (base) => references.get(base) ?? base);
  }
}
