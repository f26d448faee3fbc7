import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RootFs } from "@tsbuild/rootfs";
import { afterAll, describe, expect, it } from "vitest";
import { scanContext } from "../context/scan-context.ts";
import { planCopy } from "./plan-copy.ts";
import type { SourceTree } from "./source-tree.ts";

const root = mkdtempSync(join(tmpdir(), "copy-rows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const files = ["a", "d/b", "d/e/c", "d-x", "é/ü", "d/e.txt", "z/y/x/w"];
for (const file of files) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), file);
  utimesSync(join(root, file), 1_000_000_000.25, 1_000_000_000.25);
}
symlinkSync("../a", join(root, "d/link"));

describe("a copy into an empty folder", () => {
  it.each([
    [".", "/", {}],
    [".", "/app", {}],
    ["d", "/app/", { owner: { uid: 7, gid: 8 } }],
    ["d", "/app", { chmod: (mode: number, isDirectory: boolean) => (isDirectory ? 0o711 : mode | 0o100) }],
    ["z", "/", { isContext: false }],
    ["d", "/x", { fixedMtimeSec: 77 }],
  ])("of %s to %s gives the same by rows as entry by entry", async (source, destination, more) => {
    const snapshot = await scanContext(root);
    await snapshot.hashFiles(["d/b", "a"]);
    const entryByEntry: SourceTree = {
      get: (path) => snapshot.get(path),
      list: (path) => snapshot.list(path),
      linkGroup: (path) => snapshot.linkGroup(path),
    };
    const request = {
      patterns: [source],
      isContext: true,
      createdMtimeSec: 5,
      destination,
      workdir: "/",
      target: RootFs.empty,
      ...more,
    };
    const byRows = planCopy({ ...request, source: snapshot }).changes;
    const byEntry = planCopy({ ...request, source: entryByEntry }).changes;
    expect([...byRows.changes()]).toEqual([...byEntry.changes()]);
    expect(byRows.length).toBeGreaterThan(2);
    expect(Buffer.compare(byRows.toBytes(), byEntry.toBytes())).toBe(0);
    await snapshot[Symbol.asyncDispose]();
  });
});
