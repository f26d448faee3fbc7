// Measurements to a Markdown table: medians, and ratios pair by pair, since absolute seconds drift and ratios do not.
import type { Run } from "./builder-under-test.ts";
import { workloads, type Workload } from "./workloads.ts";

/** One round of one workload: both builders, one right after the other. */
export interface Pair {
  readonly workload: Workload["name"];
  readonly tsbuild: Run;
  readonly buildah: Run;
}

export function formatTable(pairs: readonly Pair[]): string {
  const rows = workloads.map(({ name, title, goal }) => {
    const own = pairs.filter((pair) => pair.workload === name);
    const ratios = own.map(({ tsbuild, buildah }) => tsbuild.wallMs / buildah.wallMs);
    const peak = Math.max(...own.map(({ tsbuild }) => tsbuild.peakBytes)) / 1e6;
    const cells = [
      title,
      formatSeconds(own.map(({ tsbuild }) => tsbuild.wallMs)),
      formatSeconds(own.map(({ buildah }) => buildah.wallMs)),
      `**${median(ratios).toFixed(3)}** (${Math.min(...ratios).toFixed(3)}..${Math.max(...ratios).toFixed(3)})`,
      `≤ ${goal}`,
      `${peak.toFixed(0)} MB`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| build and push | tsbuild, s | buildah, s | ratio, pair by pair | goal | tsbuild's peak |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function formatSeconds(times: readonly number[]): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  return `${seconds(median(times))} (${seconds(Math.min(...times))}..${seconds(Math.max(...times))})`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
