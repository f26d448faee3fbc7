// Done when, point 6, in small: memory is bounded by chunks, not by files or bytes. The full sizes are in long/.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cannotRun } from "../machine/requirement.ts";
import { generateManyFiles, generateMuchData } from "../memory/generate-context.ts";
import { measureBuild } from "../memory/measure-build.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

const limit = 300 * 1000 * 1000;

describe.skipIf(cannotRun("memory while building"))(
  "the peak memory of each process stays under 300 MB",
  () => {
    let place: RegistryWithBases;
    beforeAll(async () => {
      place = await openRegistryWithBases("memory", ["busybox"]);
    });
    afterAll(async () => place?.[Symbol.asyncDispose]());

    it("for 6,000 small files", async () => {
      const { status, stderr, peakBytes } = await measureBuild(place, "many", (folder) =>
        generateManyFiles(folder, 6000),
      );
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(peakBytes).toBeLessThan(limit);
    });

    it("for 384 MiB of data", async () => {
      const { status, stderr, peakBytes } = await measureBuild(place, "much", (folder) =>
        generateMuchData(folder, 384 << 20),
      );
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(peakBytes).toBeLessThan(limit);
    });
  },
);
