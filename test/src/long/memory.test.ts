// Done when, point 6: 50,000 small files, 2 GiB of data, an index of a million entries.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { generateManyFiles, generateMuchData } from "../memory/generate-context.ts";
import { measureBuild } from "../memory/measure-build.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { join } from "node:path";

const megabyte = 1000 * 1000;

describe.skipIf(cannotRun("memory while building"))(
  "the peak memory of each process stays under 300 MB",
  () => {
    let place: RegistryWithBases;
    beforeAll(async () => {
      place = await openRegistryWithBases("memory-long", ["busybox"]);
    });
    afterAll(async () => place?.[Symbol.asyncDispose]());

    it("for 50,000 small files", async () => {
      const { status, peakBytes } = await measureBuild(place, "many", (folder) =>
        generateManyFiles(folder, 50_000),
      );
      expect(status).toBe(0);
      expect(peakBytes).toBeLessThan(300 * megabyte);
    });

    it("for 2 GiB of data", async () => {
      const { status, peakBytes } = await measureBuild(place, "much", (folder) =>
        generateMuchData(folder, 2 ** 31),
      );
      expect(status).toBe(0);
      expect(peakBytes).toBeLessThan(300 * megabyte);
    });
  },
);

describe("an index of a million entries", () => {
  it("takes less than 200 MB", async () => {
    // Compiled, as users have it: what strips the types of the source takes 30 MB itself.
    const script = join(import.meta.dirname, "../../dist/memory/index-of-a-million.js");
    const run = await runOrThrow(process.execPath, ["--conditions=tsbuild:dist", script]);
    const { entries, peakBytes } = JSON.parse(run);
    expect(entries).toBe(1_000_000);
    expect(peakBytes).toBeLessThan(200 * 1024 * 1024);
  });
});
