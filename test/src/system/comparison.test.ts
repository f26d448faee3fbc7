// Done when, point 3: every case in test/dockerfiles gives the same image by tsbuild as by buildah, but for the
// differences that the case names.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../command/run-tsbuild.ts";
import { compareCase } from "../compare/compare-case.ts";
import { loadCase } from "../compare/comparison-case.ts";
import { formatVerdict } from "../compare/difference.ts";
import { openWorkplace, type Workplace } from "../compare/workplace.ts";
import { cannotRun } from "../machine/requirement.ts";

const casesFolder = join(checkout, "test/dockerfiles");
const names = readdirSync(casesFolder).sort();

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

  it("sixty cases and more", () => {
    expect(names.length).toBeGreaterThanOrEqual(60);
  });
});
