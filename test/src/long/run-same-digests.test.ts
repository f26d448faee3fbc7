// Every Dockerfile with RUN of the comparison, built by root and by an ordinary user: the same digests.
import { describe, expect, it } from "vitest";
import { digestsOfBoth, runCases } from "../compare/same-digests.ts";
import { cannotRun } from "../machine/requirement.ts";

describe.skipIf(cannotRun("RUN as root and as an ordinary user"))("every RUN gives the same digests", () => {
  it("to root and to an ordinary user", async () => {
    const { asRoot, asUser } = await digestsOfBoth(runCases());
    expect(Object.values(asRoot).filter((digest) => !digest.startsWith("sha256:"))).toEqual([]);
    expect(asUser).toEqual(asRoot);
    expect(Object.keys(asRoot).length).toBeGreaterThanOrEqual(60);
  });
});
