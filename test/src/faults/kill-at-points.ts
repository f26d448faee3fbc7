// Kills a scenario's command at seeded points of its time, and looks each time at what is left and at the next try.
import { runTsbuild } from "../command/run-tsbuild.ts";
import type { DebianRegistry } from "../registries/debian-registry.ts";
import { findFalseBlobs, findFalseBlobsOfRegistry } from "./find-false-blobs.ts";
import { killAt, seededNumbers } from "./kill-at.ts";
import type { KillScenario } from "./kill-scenarios.ts";

export interface KillReport {
  readonly killed: number;
  /** Files that claim a digest which they do not have. */
  readonly falseBlobs: readonly string[];
  /** What the runs afterwards printed: one and the same. */
  readonly results: readonly string[];
}

export async function killAtPoints(
  scenario: KillScenario,
  registry: DebianRegistry,
  { points, seed }: { readonly points: number; readonly seed: number },
): Promise<KillReport> {
  // Times in the config are the clock's otherwise, and no two builds the same.
  const env = { ...process.env, SOURCE_DATE_EPOCH: "1700000000" };
  const numbers = seededNumbers(seed);
  const falseBlobs: string[] = [];
  const results: string[] = [];
  let [killed, wholeMs] = [0, Infinity];

  const run = async (): Promise<void> => {
    const start = performance.now();
    results.push(await runTsbuild(scenario.args, { env }));
    wholeMs = Math.min(wholeMs, performance.now() - start);
  };
  const check = async (): Promise<void> => {
    falseBlobs.push(
      ...(await findFalseBlobs(scenario.store)),
      ...(await findFalseBlobsOfRegistry(registry.dataFolder)),
    );
  };

  await scenario.reset();
  await run();
  for (let point = 0; point < points; point += 1) {
    await scenario.reset();
    // Not in the first tenth, where Node is only starting, and not so late that all is done.
    if (await killAt(scenario.args, wholeMs * (0.1 + 0.8 * numbers.next().value), env)) killed += 1;
    await check();
    await run();
    await check();
  }
  return { killed, falseBlobs, results };
}
