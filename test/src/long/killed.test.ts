// Done when, point 7: SIGKILL at a hundred points of a COPY, a pull and a push.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killAtPoints } from "../faults/kill-at-points.ts";
import { prepareKillScenarios, type KillScenario } from "../faults/kill-scenarios.ts";
import { cannotRun } from "../machine/requirement.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

describe.skipIf(cannotRun("killed at any point"))("killed at a hundred points", () => {
  let place: RegistryWithBases;
  let scenarios: KillScenario[];
  beforeAll(async () => {
    place = await openRegistryWithBases("killed-long", []);
    scenarios = await prepareKillScenarios(place);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("leaves nothing half-written, and the next try gives the same", async () => {
    for (const scenario of scenarios) {
      const { killed, falseBlobs, results } = await killAtPoints(scenario, place.registry, {
        points: 34,
        seed: 2026,
      });
      expect(falseBlobs).toEqual([]);
      expect(new Set(results).size).toBe(1);
      expect(killed).toBeGreaterThan(10);
    }
  });
});
