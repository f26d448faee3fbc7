import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeWriters, openPipes } from "./open-pipes.ts";

describe("openPipes", () => {
  let stock: string;
  beforeEach(() => {
    stock = join(mkdtempSync(join(tmpdir(), "tsbuild-pipes-")), "stock");
  });
  afterEach(() => rmSync(join(stock, ".."), { recursive: true }));

  it("makes pipes that a child can also open by name, and that end with it", async () => {
    const pipes = await openPipes(stock);
    const script = `
      const fs = require("node:fs");
      fs.writeSync(1, "out, "); fs.writeFileSync("/proc/self/fd/1", "and by name"); fs.writeSync(2, "err");`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", ...pipes.writers] });
    closeWriters(pipes);
    const [stdout, stderr] = await Promise.all(pipes.readers.map((reader) => text(reader)));
    expect({ stdout, stderr }).toEqual({ stdout: "out, and by name", stderr: "err" });
    expect(child.spawnargs[0]).toBe(process.execPath);
  });

  it("gives no pipe twice, and has them made for many at once", async () => {
    const first = await openPipes(stock);
    const left = readdirSync(stock);
    expect(left.length).toBe(30);
    const others = await Promise.all(Array.from({ length: 20 }, () => openPipes(stock)));
    expect(readdirSync(stock).filter((name) => left.includes(name))).toEqual([]);
    for (const pipes of [first, ...others]) {
      closeWriters(pipes);
      for (const reader of pipes.readers) reader.destroy();
    }
  });
});
