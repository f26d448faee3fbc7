// Measurements to a Markdown table: medians, and ratios pair by pair, since absolute seconds drift and ratios do not.
import type { BuilderUnderTest, Run } from "./builder-under-test.ts";
import type { Row } from "./workloads.ts";

/** All builds of one round, by builder and the build's name. */
export type Round = Readonly<Record<BuilderUnderTest["name"], ReadonlyMap<string, Run>>>;

export function formatTable(rows: readonly Row[], rounds: readonly Round[]): string {
  return [
    "| build and push | tsbuild, s | buildah, s | ratio, pair by pair | goal | tsbuild's memory, goal < 300 MB |",
    "|---|---|---|---|---|---|",
    ...rows.map((row) => formatRow(row, rounds)),
  ].join("\n");
}

function formatRow(row: Row, rounds: readonly Round[]): string {
  const [ours, theirs] = [
    rounds.map(({ tsbuild }) => timeOf(row, tsbuild)),
    rounds.map(({ buildah }) => timeOf(row, buildah)),
  ];
  const ratios = ours.map((ms, round) => ms / (theirs[round] ?? NaN));
  const peak = Math.max(...rounds.map(({ tsbuild }) => tsbuild.get(row.build)?.peakBytes ?? 0)) / 1e6;
  const cells = [
    row.title,
    formatSeconds(ours),
    formatSeconds(theirs),
    `**${median(ratios).toFixed(3)}** (${Math.min(...ratios).toFixed(3)}..${Math.max(...ratios).toFixed(3)})`,
    `≤ ${row.goal}`,
    `${peak.toFixed(0)} MB`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function timeOf({ build, perStep }: Row, runs: ReadonlyMap<string, Run>): number {
  const wallMs = (name: string): number => runs.get(name)?.wallMs ?? NaN;
  if (perStep === undefined) return wallMs(build);
  return (wallMs(build) - wallMs(perStep.without)) / perStep.steps;
}

function formatSeconds(times: readonly number[]): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(Math.abs(ms) < 1000 ? 3 : 2);
  return `${seconds(median(times))} (${seconds(Math.min(...times))}..${seconds(Math.max(...times))})`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
