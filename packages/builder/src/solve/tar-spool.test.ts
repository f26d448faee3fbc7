import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { TarSpool } from "./tar-spool.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-spool-"));
  folders.push(folder);
  return folder;
}

describe("TarSpool", () => {
  it("holds what was written, in order", async () => {
    const spool = new TarSpool(join(makeFolder(), "tar"));
    for (let n = 0; n < 50; n += 1) await spool.write(Buffer.from(`${n},`));
    expect(await spool.finish()).toBe(true);
    expect(readFileSync(spool.path, "utf8").split(",").slice(0, -1).map(Number)).toEqual([
      ...Array(50).keys(),
    ]);
    await spool.remove();
    expect(existsSync(spool.path)).toBe(false);
  });

  it("is not there when it cannot be written, and nobody is told", async () => {
    const spool = new TarSpool(join(makeFolder(), "no", "such", "folder"));
    await spool.write(Buffer.from("x"));
    expect(await spool.finish()).toBe(false);
  });
});
