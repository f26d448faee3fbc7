import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceNodes, hasDeviceNodes, isTaken, makeDevTemplate } from "./dev-template.ts";

describe("makeDevTemplate", () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "tsbuild-dev-template-"));
  });
  afterEach(() => rmSync(place, { recursive: true }));

  it("has nodes or files to mount nodes on, folders for file systems, and the usual links", async () => {
    const folder = join(place, "dev");
    await makeDevTemplate(folder);
    const names = readdirSync(folder);
    expect(names).toEqual(
      [
        ...[
          "core",
          "fd",
          "full",
          "mqueue",
          "null",
          "ptmx",
          "pts",
          "random",
          "shm",
          "stderr",
          "stdin",
          "stdout",
        ],
        ...["tty", "urandom", "zero"],
      ].sort(),
    );
    expect(names.filter((name) => !isTaken(name))).toEqual([]);
    expect(readlinkSync(join(folder, "fd"))).toBe("/proc/self/fd");
    expect(statSync(folder).mode & 0o7777).toBe(0o755);
    expect(statSync(join(folder, "shm")).mode & 0o7777).toBe(0o1777);
    const kinds = new Set(deviceNodes.map(({ name }) => kindOf(join(folder, name))));
    expect([...kinds]).toEqual([hasDeviceNodes(folder) ? "node" : "empty file"]);
  });
});

function kindOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isCharacterDevice()) return "node";
  return stat.isFile() && stat.size === 0 ? "empty file" : "something else";
}
