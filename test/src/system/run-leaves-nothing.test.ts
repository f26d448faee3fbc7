// A hundred RUNs in one build, a build that fails, one that is cancelled, and some that are killed: no process, mount,
// descriptor or temporary file is left. Two hundred kills are in long/.
import { build } from "@tsbuild/builder";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore } from "@tsbuild/store";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killRuns } from "../faults/kill-runs.ts";
import { lookAround, type Surroundings } from "../faults/surroundings.ts";
import { cannotRun } from "../machine/requirement.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

describe.skipIf(cannotRun("RUN leaves nothing behind"))("RUN leaves nothing behind", () => {
  let place: RegistryWithBases;
  beforeAll(async () => {
    place = await openRegistryWithBases("run-leaves", ["busybox"]);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  /** Builds in this process, and looks around before and after. */
  const buildAndLook = async (
    name: string,
    lines: readonly string[],
    o: { signal?: AbortSignal; onOutput?: () => void } = {},
  ): Promise<{ before: Surroundings; after: Surroundings; error: unknown }> => {
    const context = join(place.folder, `${name}-context`);
    mkdirSync(context);
    writeFileSync(
      join(context, "Dockerfile"),
      [`FROM ${place.reference("busybox")}`, ...lines, ""].join("\n"),
    );
    const store = await openLocalStore(join(place.folder, `${name}-store`));
    const registries = createRegistryClient();
    try {
      const before = lookAround(store.root);
      const error = await build({
        context,
        store,
        registries,
        tags: [`${name}:1`],
        report: ({ kind }) => void (kind === "output" && o.onOutput?.()),
        ...(o.signal === undefined ? {} : { signal: o.signal }),
      }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return { before, after: lookAround(store.root), error };
    } finally {
      await registries[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    }
  };

  it("after a hundred RUNs", async () => {
    const lines = Array.from({ length: 100 }, (_, n) => `RUN echo ${n} > /file-${n} && (sleep 1000 &)`);
    const { before, after, error } = await buildAndLook("hundred", lines);
    expect(error).toBeUndefined();
    expect(after).toEqual(before);
  });

  it("after one that fails", async () => {
    const { before, after, error } = await buildAndLook("fails", [
      "RUN (sleep 1000 &) ; echo x > /x; exit 3",
    ]);
    expect(String(error)).toMatch("exit code: 3");
    expect(after).toEqual(before);
  });

  it("after one that is cancelled", async () => {
    const controller = new AbortController();
    const { before, after, error } = await buildAndLook(
      "cancelled",
      ["RUN trap '' TERM INT; echo here; (sleep 1000 &); sleep 1000"],
      { signal: controller.signal, onOutput: () => controller.abort(new Error("enough")) },
    );
    expect(String(error)).toMatch("enough");
    expect(after).toEqual(before);
  });

  it("after a few kills, and the next build is right", async () => {
    const report = await killRuns(place, { kills: 4, seed: 3 });
    expect(report.left).toEqual([]);
    expect(report.wrong).toEqual([]);
    expect(report.killed).toBe(4);
  });
});
