// Some of the comparison's Dockerfiles with RUN, built by root and by an ordinary user: the same digests. All of them are
// built in long/.
import { describe, expect, it } from "vitest";
import { digestsOfBoth, runCases } from "../compare/same-digests.ts";
import { cannotRun } from "../machine/requirement.ts";

describe.skipIf(cannotRun("RUN as root and as an ordinary user"))("RUN gives the same digests", () => {
  it("to root and to an ordinary user", async () => {
    const names = runCases().filter((_name, index) => index % 14 === 3);
    const { asRoot, asUser } = await digestsOfBoth(names);
    expect(Object.values(asRoot).filter((digest) => !digest.startsWith("sha256:"))).toEqual([]);
    expect(asUser).toEqual(asRoot);
  });
});
