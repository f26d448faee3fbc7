// `npm run bench`: build and push by tsbuild and by buildah in turn, on a volume of its own, medians and ratios.
//   -- --rounds 5   how often (default 3)      -- --small   a tenth of the sizes, to see that it works
//   -- --write      also into benchmarks/results.md
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pushBase } from "../../test/src/bases/push-base.ts";
import { missingPrograms } from "../../test/src/machine/find-program.ts";
import { runOrThrow } from "../../test/src/machine/run-program.ts";
import { startDebianRegistry, type DebianRegistry } from "../../test/src/registries/debian-registry.ts";
import { restoreSnapshot, saveSnapshot } from "../../test/src/registries/registry-snapshot.ts";
import { makeBuildah, makeTsbuild, type BuilderUnderTest, type Run } from "./builder-under-test.ts";
import { fullSizes, generateManyFiles, generateMuchData, smallSizes } from "./contexts.ts";
import { readStolenTicks, waitForQuiet } from "./machine-state.ts";
import { formatTable, type Pair } from "./results-table.ts";
import { openVolume } from "./volume.ts";
import { workloads, type Workload } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    small: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const missing = missingPrograms(["docker-registry", "skopeo", "buildah", "mmdebstrap", "busybox"]);
if (missing.length > 0) {
  console.error(
    `Cannot compare: ${missing.join(", ")} not installed; npm test installs them where that is allowed`,
  );
  process.exit(1);
}

const volume = await openVolume(values.small ? 6 : 24);
console.error(`On ${volume.kind}`);
const registry = await startDebianRegistry(join(volume.folder, "registry"));
try {
  const report = await compare(registry, volume.folder, Number(values.rounds));
  console.log(report);
  if (values.write) writeFileSync(join(import.meta.dirname, "../results.md"), `# Results\n\n${report}\n`);
} finally {
  await registry.stop();
  await volume[Symbol.asyncDispose]();
}

async function compare(registry: DebianRegistry, folder: string, rounds: number): Promise<string> {
  const contexts = { many: join(folder, "many"), much: join(folder, "much") };
  const changed = await prepareContexts(registry, contexts);
  const snapshot = join(folder, "registry-before");
  await saveSnapshot(registry.dataFolder, snapshot);
  const builders = [makeTsbuild(folder), makeBuildah(folder)];
  const foreign: number[] = [];
  const stolenBefore = readStolenTicks();
  const pairs: Pair[] = [];

  const measure = async (builder: BuilderUnderTest, workload: Workload, round: number): Promise<Run> => {
    if (workload.start === "cold") {
      await builder.forget();
      await restoreSnapshot(snapshot, registry.dataFolder);
    }
    if (workload.changesOneFile) appendFileSync(changed, `// round ${round} ${builder.name}\n`);
    foreign.push(await waitForQuiet());
    const run = await builder.build(
      contexts[workload.context],
      `${registry.address}/out/${workload.context}:1`,
    );
    console.error(`${round} ${workload.name} ${builder.name}: ${(run.wallMs / 1000).toFixed(2)} s`);
    return run;
  };
  for (let round = 1; round <= rounds; round += 1) {
    const runs = new Map<string, Run>();
    // One builder's cold build and what stands on it stay together; who goes first changes from round to round.
    for (const context of ["many", "much"] as const) {
      for (const builder of round % 2 === 1 ? builders : [...builders].reverse()) {
        for (const workload of workloads.filter((one) => one.context === context)) {
          runs.set(`${workload.name} ${builder.name}`, await measure(builder, workload, round));
        }
        await builder.forget();
      }
    }
    for (const { name } of workloads) {
      const [tsbuild, buildah] = [runs.get(`${name} tsbuild`), runs.get(`${name} buildah`)];
      if (tsbuild && buildah) pairs.push({ workload: name, tsbuild, buildah });
    }
  }
  const stolen = readStolenTicks() - stolenBefore;
  return `${formatTable(pairs)}\n\n${await describeMachine(rounds, foreign, stolen)}`;
}

async function prepareContexts(
  registry: DebianRegistry,
  contexts: { many: string; much: string },
): Promise<string> {
  const bases = {
    many: await pushBase("debian", registry.address),
    much: await pushBase("busybox", registry.address),
  };
  const sizes = values.small ? smallSizes : fullSizes;
  for (const folder of Object.values(contexts)) mkdirSync(folder);
  const changed = generateManyFiles(contexts.many, sizes);
  generateMuchData(contexts.much, sizes);
  writeFileSync(
    join(contexts.many, "Dockerfile"),
    `FROM ${bases.many}\nCOPY node_modules /app/node_modules\n`,
  );
  writeFileSync(join(contexts.much, "Dockerfile"), `FROM ${bases.much}\nCOPY data /data\n`);
  return changed;
}

async function describeMachine(
  rounds: number,
  foreign: readonly number[],
  stolenTicks: number,
): Promise<string> {
  const buildah = (await runOrThrow("buildah", ["--version"])).trim();
  const model = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? process.arch;
  return [
    `${rounds} rounds, medians (lowest..highest); ${values.small ? "small sizes" : "50,000 files of 181 MB, 1 GiB of data"}.`,
    `Node ${process.versions.node}; ${buildah}; ${cpus().length} × ${model}; ${volume.kind}.`,
    `Before each run others used at most ${(100 * Math.max(...foreign)).toFixed(0)} % of the CPUs; ${stolenTicks} ticks stolen.`,
  ].join("\n");
}
