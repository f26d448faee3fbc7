// Done when, point 7, in small: SIGKILL in the middle of a COPY, a pull and a push. The hundred points are in long/.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killAtPoints } from "../faults/kill-at-points.ts";
import { prepareKillScenarios, type KillScenario } from "../faults/kill-scenarios.ts";
import { cannotRun } from "../machine/requirement.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

describe.skipIf(cannotRun("killed at any point"))("killed at any point", () => {
  let place: RegistryWithBases;
  let scenarios: KillScenario[];
  beforeAll(async () => {
    place = await openRegistryWithBases("killed", []);
    scenarios = await prepareKillScenarios(place);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it.each(["copy", "pull", "push"])(
    "a %s leaves nothing half-written, and the next one succeeds",
    async (name) => {
      const scenario = scenarios.find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`Cannot find the scenario ${name}`);
      const { killed, falseBlobs, results } = await killAtPoints(scenario, place.registry, {
        points: 4,
        seed: 20,
      });
      expect(falseBlobs).toEqual([]);
      expect(new Set(results).size).toBe(1);
      expect(killed).toBeGreaterThan(0);
    },
  );
});
