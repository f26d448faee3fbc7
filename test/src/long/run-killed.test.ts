// Two hundred kills of a build with RUN, at random moments.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killRuns } from "../faults/kill-runs.ts";
import { cannotRun } from "../machine/requirement.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

describe.skipIf(cannotRun("RUN leaves nothing behind"))("a build with RUN killed two hundred times", () => {
  let place: RegistryWithBases;
  beforeAll(async () => {
    place = await openRegistryWithBases("run-killed-long", ["busybox"]);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("leaves nothing, and the next build is right", async () => {
    const { killed, left, wrong } = await killRuns(place, { kills: 200, seed: 2026 });
    expect(left).toEqual([]);
    expect(wrong).toEqual([]);
    expect(killed).toBe(200);
  });
});
