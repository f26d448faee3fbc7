// Kills builds with RUN at seeded moments, and looks each time at what is left and whether the next build is right.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTsbuild } from "../command/run-tsbuild.ts";
import type { RegistryWithBases } from "../registries/registry-with-bases.ts";
import { findFalseBlobs } from "./find-false-blobs.ts";
import { killAt, seededNumbers } from "./kill-at.ts";
import { processesThatStay, temporaryFiles } from "./surroundings.ts";

export interface RunKillReport {
  readonly killed: number;
  /** Processes after a kill, temporary files after the next build. */
  readonly left: readonly string[];
  /** Results that are not the same as without a kill, and blobs that are not what their name says. */
  readonly wrong: readonly string[];
}

const dockerfile = (base: string): string =>
  [
    `FROM ${base} AS other`,
    "RUN (sleep 1000 &) ; mkdir /out && for n in 1 2 3 4 5; do echo $n > /out/$n; done",
    `FROM ${base}`,
    "RUN echo first > /first && rm -r /home 2> /dev/null; true",
    "COPY data /data",
    "RUN (setsid sleep 1000 &) ; cat /data > /copy && ln /copy /second-name && sleep 0.2",
    "COPY --from=other /out /out",
    "RUN chmod 600 /out/* && dd if=/dev/zero of=/zeros bs=1M count=20 2> /dev/null",
    "",
  ].join("\n");

export async function killRuns(
  place: RegistryWithBases,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): Promise<RunKillReport> {
  const context = join(place.folder, "kill-runs");
  await mkdir(context);
  await writeFile(join(context, "data"), "x".repeat(1 << 20));
  await writeFile(join(context, "Dockerfile"), dockerfile(place.reference("busybox")));
  const env = { ...process.env, SOURCE_DATE_EPOCH: "1700000000" };
  const store = join(place.folder, "kill-runs-store");
  const args = ["build", "--quiet", "--rewrite-timestamp", "--store", store, "--tag", "killed:1", context];
  let wholeMs = Infinity;
  const build = async (): Promise<string> => {
    const started = performance.now();
    const printed = await runTsbuild(args, { env });
    wholeMs = Math.min(wholeMs, performance.now() - started);
    return printed;
  };
  const right = await build();
  const numbers = seededNumbers(seed);
  const [left, wrong]: [string[], string[]] = [[], []];
  let killed = 0;
  // Some builds end before their time has come.
  for (let n = 0; killed < kills && n < 3 * kills; n += 1) {
    // Every other time what the killed build has left in the store is what the next one finds.
    if (n % 2 === 0) await rm(store, { recursive: true, force: true });
    else await rm(join(store, "cache"), { recursive: true, force: true });
    if (await killAt(args, wholeMs * (0.05 + 0.95 * numbers.next().value), env)) killed += 1;
    left.push(...(await processesThatStay(store)));
    const result = await build();
    if (result !== right) wrong.push(`kill ${n}: ${result.trim()} instead of ${right.trim()}`);
    wrong.push(...(await findFalseBlobs(store)));
    left.push(...temporaryFiles(store), ...(await processesThatStay(store)));
  }
  return { killed, left, wrong };
}
