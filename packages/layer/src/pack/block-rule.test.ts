import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Change } from "../entry.ts";
import { createTable } from "../table/create-table.ts";
import { gzipBlocks, zstdBlocks } from "./block-rule.ts";
import type { BlockRule } from "./block-rule.ts";
import { packHere } from "./block-source.ts";
import { gzipCodec } from "./gzip-codec.ts";
import { file, noise, put, sourceText, attributes } from "./packing.fixture.ts";

async function blocksOf(changes: Change[], blocks: BlockRule = gzipBlocks): Promise<Buffer[]> {
  const source = packHere({
    table: createTable(changes),
    layerFile: () => "",
    blocks,
    hashContents: false,
    clampMtimeSec: undefined,
  });
  const found: Buffer[] = [];
  for (let block = await source.next(); block; block = await source.next()) found.push(Buffer.from(block));
  return found;
}

function digests(blocks: Buffer[]): Set<string> {
  return new Set(blocks.map((block) => createHash("sha256").update(block).digest("hex")));
}

function files(count: number, size: (index: number) => number): Change[] {
  const text = sourceText(1, 40_000);
  return [...Array(count).keys()].map((index) =>
    file(`src/file-${index}`, size(index), {
      kind: "bytes",
      bytes: text.subarray(index, index + size(index)),
    }),
  );
}

describe("blocks", () => {
  it("are between the limits, except the last and where one entry takes a whole block", async () => {
    const sizes = (index: number) => 1000 + ((index * 7919) % 30_000);
    for (const rule of [gzipBlocks, zstdBlocks]) {
      const blocks = await blocksOf(files(800, sizes), rule);
      for (const block of blocks.slice(0, -1)) {
        expect(block.length).toBeGreaterThanOrEqual(rule.minBytes);
        expect(block.length).toBeLessThanOrEqual(rule.maxBytes);
      }
      expect(blocks.length).toBeGreaterThan(3);
    }
  });

  it("stay the same but for a few around an entry that was changed, added or removed", async () => {
    const sizes = (index: number) => 1000 + ((index * 7919) % 30_000);
    const before = files(800, sizes);
    const blocks = await blocksOf(before);
    const known = digests(blocks);
    const variants = [
      before.with(400, file("src/file-400", 40_000, { kind: "bytes", bytes: noise(7, 40_000) })),
      before.toSpliced(400, 1),
      [...before, file("src/file-40a", 9, { kind: "bytes", bytes: Buffer.from("123456789") })],
    ];
    for (const changes of variants) {
      const after = await blocksOf(changes);
      const changed = after.filter((block) => [...digests([block])].some((digest) => !known.has(digest)));
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.length).toBeLessThanOrEqual(4);
      expect(after.length).toBeGreaterThan(15);
    }
  });

  it("of a large file start at its first byte, whatever its header and what is before it", async () => {
    const large = noise(1, 5_000_000);
    const content = { kind: "bytes", bytes: large } as const;
    const plain = await blocksOf([file("large", large.length, content)]);
    const other = await blocksOf([
      ...files(20, () => 3000),
      put({ ...attributes, kind: "file", path: "zzz", size: large.length, content, mtimeNsec: 5 }),
    ]);
    expect(plain[1]?.equals(large.subarray(0, gzipBlocks.maxBytes))).toBe(true);
    const known = digests(plain);
    expect([...digests(other)].filter((digest) => !known.has(digest))).toHaveLength(1);
    expect(known.size).toBe(7);
  });

  it("take a file that just fits, one that just does not, and one that ends with a block", async () => {
    const max = gzipBlocks.maxBytes;
    for (const size of [max - 1024, max - 512, max - 511, max, 2 * max, 2 * max + 1]) {
      const changes = [
        file("a", 10, { kind: "bytes", bytes: Buffer.from("0123456789") }),
        file("b", size, { kind: "bytes", bytes: noise(3, size) }),
      ];
      const tar = Buffer.concat(await blocksOf(changes));
      expect(tar.length).toBe(1024 + 512 + Math.ceil(size / 512) * 512 + 1024);
      expect(tar.subarray(1536, 1536 + size).equals(noise(3, size))).toBe(true);
    }
  });
});

describe("gzipCodec", () => {
  it("stores what does not shrink, piece by piece, and loses little by it", async () => {
    const pieces = [...Array(16).keys()].map((index) =>
      index % 3 === 0 ? noise(index, 65_536) : sourceText(index, 65_536),
    );
    const block = Buffer.concat(pieces);
    const sizes: number[] = [];
    for (const blocks of [[block], [noise(1, 1_000_000)], [block, Buffer.alloc(512), noise(2, 70_000)]]) {
      const codec = gzipCodec("any", 4);
      const parts = [codec.head()];
      for (const part of blocks) parts.push(await codec.encode(part));
      parts.push(codec.tail());
      const layer = Buffer.concat(parts);
      expect(gunzipSync(layer).equals(Buffer.concat(blocks))).toBe(true);
      sizes.push(layer.length);
    }
    expect(sizes[1]).toBeLessThan(1_000_000 + 200);
    const noisy = 6 * 65_536;
    expect(sizes[0]).toBeGreaterThan(noisy);
    expect(sizes[0]).toBeLessThan(noisy + (block.length - noisy) / 2);
  });
});
