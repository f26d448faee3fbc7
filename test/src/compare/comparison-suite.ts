// The comparison as tests: each case gives the same image by tsbuild as by buildah, but for the differences that it names.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../command/run-tsbuild.ts";
import { seededNumbers } from "../faults/kill-at.ts";
import { cannotRun } from "../machine/requirement.ts";
import { compareCase } from "./compare-case.ts";
import { loadCase } from "./comparison-case.ts";
import { formatVerdict } from "./difference.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

const casesFolder = join(checkout, "test/dockerfiles");

export function allCases(): string[] {
  return readdirSync(casesFolder).sort();
}

/** As many of them, always the same for a seed. */
export function sampleOfCases(count: number, seed: number): string[] {
  const numbers = seededNumbers(seed);
  const drawn = allCases().map((name) => ({ name, rank: numbers.next().value }));
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ name }) => name)
    .sort();
}

/** Declares the tests. */
export function compareCases(names: readonly string[]): void {
  describe.skipIf(cannotRun("comparison with buildah"))("tsbuild and buildah make the same image of", () => {
    let workplace: Workplace;
    beforeAll(async () => {
      const cases = await Promise.all(names.map((name) => loadCase(join(casesFolder, name))));
      workplace = await openWorkplace(["busybox", ...cases.flatMap((one) => one.bases ?? [])]);
    });
    afterAll(async () => workplace?.[Symbol.asyncDispose]());

    it.each(names)("%s", async (name) => {
      const verdict = await compareCase(await loadCase(join(casesFolder, name)), workplace);
      expect(formatVerdict(verdict)).toBe("");
    });
  });
}
