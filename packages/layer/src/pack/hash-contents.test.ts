import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createTable } from "../table/create-table.ts";
import { EntryTable } from "../table/entry-table.ts";
import { packLayer } from "./pack-layer.ts";
import { collecting, contentOf, file, manyFiles, noise } from "./packing.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "hash-contents-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function digestsOf(table: EntryTable): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const change of table.changes()) {
    if (change.kind === "put" && change.entry.kind === "file")
      found.set(change.entry.path, change.entry.contentDigest);
  }
  return found;
}

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

describe("packLayer with hashContents", () => {
  it.each([
    ["on the main thread", 20],
    ["on a thread", 800],
  ])("%s gives the digest of every file, and the same layer as without", async (_where, count) => {
    const folder = join(root, String(count));
    mkdirSync(folder);
    const big = noise(5, 3_000_000);
    writeFileSync(join(folder, "big"), big);
    writeFileSync(join(folder, "empty"), "");
    const table = createTable([
      ...manyFiles(join(folder, "many"), count),
      file("zz-big", big.length, { kind: "disk", path: join(folder, "big") }),
      file("zz-part", 10, { kind: "disk", path: join(folder, "big"), offset: 7 }),
      file("zz-none", 0, { kind: "disk", path: join(folder, "empty") }),
    ]);
    const plain = await packLayer(table, collecting([]));
    const hashed = await packLayer(table, collecting([], { hashContents: true }));
    expect(hashed.descriptor).toEqual(plain.descriptor);
    const digests = digestsOf(hashed.table);
    expect(digests.get("zz-big")).toBe(sha256(big));
    expect(digests.get("zz-part")).toBe(sha256(big.subarray(7, 17)));
    expect(digests.get("zz-none")).toBe(sha256(new Uint8Array(0)));
    for (let index = 0; index < count; index++) {
      expect(digests.get(`d${Math.floor(index / 50)}/file-${index}.js`)).toBe(sha256(contentOf(index)));
    }
    expect([...digestsOf(plain.table).values()].filter((digest) => digest !== undefined)).toEqual([]);
  });
});
