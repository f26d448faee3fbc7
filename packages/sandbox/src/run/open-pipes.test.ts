import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { closeWriters, openPipes } from "./open-pipes.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe("pipes for the output", () => {
  it("are made for many runs at once, each pair for one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbuild-pipes-"));
    folders.push(folder);
    const stock = join(folder, "stock");
    const runs = await Promise.all(Array.from({ length: 40 }, () => openPipes(stock)));
    expect(new Set(runs.flatMap(({ writers }) => writers)).size).toBe(80);
    for (const pipes of runs) {
      closeWriters(pipes);
      for (const reader of pipes.readers) reader.destroy();
    }
    expect(readdirSync(folder)).toEqual(["stock"]);
  });
});
