// `npm run bench`: build and push by tsbuild and by buildah in turn, on a volume of its own, medians and ratios.
//   -- --rounds 5   how often (default 3)      -- --small   a tenth of the sizes, to see that it works
//   -- --write      also into benchmarks/results.md
//   -- --only W3,W4 only those workloads: w1 (with W8), w2, w3, w4, w7, empty
//   -- --builder buildah   only one of the two, to see that it works: no ratios
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { missingPrograms } from "../../test/src/machine/find-program.ts";
import { runOrThrow } from "../../test/src/machine/run-program.ts";
import { startDebianRegistry } from "../../test/src/registries/debian-registry.ts";
import { makeBuildah, makeTsbuild } from "./builder-under-test.ts";
import { compareBuilders, type Measurements } from "./compare-builders.ts";
import { fullSizes, smallSizes } from "./contexts.ts";
import { formatTable } from "./results-table.ts";
import { openVolume } from "./volume.ts";
import { listWorkloads, type Workload } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    small: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    builder: { type: "string" },
  },
});
const workloads = chooseWorkloads(values.only);
if (values.write && (values.only !== undefined || values.builder !== undefined)) {
  console.error(
    "Cannot write results: a part would replace the whole; leave out --write, or --only and --builder",
  );
  process.exit(2);
}
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
  const builders = [makeTsbuild(volume.folder), makeBuildah(volume.folder)].filter(
    ({ name }) => values.builder === undefined || name === values.builder,
  );
  const { folder } = volume;
  const measurements = await compareBuilders({
    builders,
    workloads,
    rounds: Number(values.rounds),
    registry,
    folder,
  });
  const rows = workloads.flatMap((workload) => workload.rows);
  const report = `${formatTable(rows, measurements.rounds)}\n\n${await describeMachine(measurements)}`;
  console.log(report);
  if (values.write) writeFileSync(join(import.meta.dirname, "../results.md"), `# Results\n\n${report}\n`);
} finally {
  await registry.stop();
  await volume[Symbol.asyncDispose]();
}

function chooseWorkloads(only: string | undefined): readonly Workload[] {
  const all = listWorkloads(values.small ? smallSizes : fullSizes);
  if (only === undefined) return all;
  const names = only.toLowerCase().split(",");
  const unknown = names.filter((name) => all.every((one) => one.name !== name));
  if (unknown.length > 0) {
    console.error(
      `Cannot measure ${unknown.join(", ")}: there are ${all.map(({ name }) => name).join(", ")}`,
    );
    process.exit(2);
  }
  return all.filter(({ name }) => names.includes(name));
}

async function describeMachine({ rounds, foreignShare, stolenTicks }: Measurements): Promise<string> {
  const buildah = (await runOrThrow("buildah", ["--version"])).trim();
  const model = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? process.arch;
  return [
    `${rounds.length} rounds, medians (lowest..highest); ${values.small ? "small sizes" : "50,000 files of 181 MB, 1 GiB of data"}.`,
    `Memory: the highest sum of anonymous memory of tsbuild's own processes, without those that RUN runs.`,
    `Node ${process.versions.node}; ${buildah}; ${cpus().length} × ${model}; ${volume.kind}.`,
    `Before each run others used at most ${(100 * foreignShare).toFixed(0)} % of the CPUs; ${stolenTicks} ticks stolen.`,
  ].join("\n");
}
