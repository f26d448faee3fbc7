import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createTable } from "../table/create-table.ts";
import type { EarlierBlocks } from "./block-reuse.ts";
import { packLayer } from "./pack-layer.ts";
import { collecting, manyFiles, textFile } from "./packing.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "block-reuse-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("packLayer with an earlier layer's blocks", () => {
  it("gives the same bytes as without, and reads all blocks but those that have changed", async () => {
    const before = manyFiles(join(root, "before"), 1500);
    const after = [...before.slice(0, 700), textFile("d13/file-699.js", "changed"), ...before.slice(701)];
    const first: Uint8Array[] = [];
    const packed = await packLayer(createTable(before), collecting(first, { reuse: {} }));
    const blob = Buffer.concat(first);
    expect(packed.blocks.length).toBeGreaterThan(5);
    let read = 0;
    const earlier: EarlierBlocks = {
      records: packed.blocks,
      read: (offset, length) => {
        read += 1;
        return blob.subarray(offset, offset + length);
      },
    };
    const plain = await packLayer(createTable(after), collecting([]));
    const reused = await packLayer(createTable(after), collecting([], { reuse: { earlier } }));
    expect(reused.descriptor).toEqual(plain.descriptor);
    expect(reused.diffId).toBe(plain.diffId);
    expect(read).toBeGreaterThanOrEqual(packed.blocks.length - 2);
  });

  it("makes damaged and unreadable blocks anew", async () => {
    const changes = manyFiles(join(root, "damaged"), 1500);
    const first: Uint8Array[] = [];
    const packed = await packLayer(createTable(changes), collecting(first, { reuse: {} }));
    const blob = Buffer.concat(first);
    for (const read of [
      () => undefined,
      (offset: number, length: number) => blob.subarray(offset, offset + length - 1),
      (offset: number, length: number) => Buffer.from(blob.subarray(offset, offset + length)).fill(7, 0, 1),
    ]) {
      const again = await packLayer(
        createTable(changes),
        collecting([], { reuse: { earlier: { records: packed.blocks, read } } }),
      );
      expect(again.descriptor).toEqual(packed.descriptor);
      expect(again.blocks).toEqual(packed.blocks);
    }
  });
});
