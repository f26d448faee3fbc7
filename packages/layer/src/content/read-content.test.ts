import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Digest } from "@tsbuild/oci";
import type { Content, SparseRegion } from "../entry.ts";
import { decodeName } from "../name.ts";
import { openContent } from "./open-content.ts";
import { readContent } from "./read-content.ts";

const root = mkdtempSync(join(tmpdir(), "content-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const layer = `sha256:${"a".repeat(64)}` as Digest;
const bytes = Buffer.from([...Array(1000).keys()].map((index) => (index * 7) % 251));
const tar = join(root, "layer.tar");
writeFileSync(tar, Buffer.concat([Buffer.alloc(512), bytes]));
const disk = join(root, "file");
writeFileSync(disk, bytes);
const layerFile = () => tar;

const contents: [string, Content][] = [
  ["on disk", { kind: "disk", path: disk }],
  ["in a layer", { kind: "slice", layer, offset: 512 }],
  ["in memory", { kind: "bytes", bytes }],
];

describe.each(contents)("content %s", (_, content) => {
  it("is read whole and in ranges", async () => {
    expect(await readContent(content, 1000, { layerFile })).toEqual(bytes);
    expect(await readContent(content, 1000, { layerFile, offset: 10, length: 20 })).toEqual(
      bytes.subarray(10, 30),
    );
    expect(await readContent(content, 1000, { layerFile, offset: 990 })).toEqual(bytes.subarray(990));
    expect(await readContent(content, 1000, { layerFile, offset: 1000 })).toEqual(Buffer.alloc(0));
    expect(await readContent(content, 500, { layerFile })).toEqual(bytes.subarray(0, 500));
  });

  it("is not read beyond the limit, or outside the file", async () => {
    await expect(readContent(content, 1000, { layerFile, limit: 999 })).rejects.toMatchObject({
      code: "CONTENT_LIMIT",
      facts: { limit: 999 },
    });
    expect((await readContent(content, 1000, { layerFile, limit: 10, length: 10 })).length).toBe(10);
    await expect(readContent(content, 1000, { layerFile, offset: 5, length: 996 })).rejects.toThrow(
      RangeError,
    );
    await expect(readContent(content, 1000, { layerFile, offset: -1 })).rejects.toThrow(RangeError);
  });
});

describe("sparse content", () => {
  it("has zeros between its regions, in any range", async () => {
    const regions = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 6 });
    const property = fc.asyncProperty(
      regions,
      fc.nat(60),
      fc.nat(),
      fc.nat(),
      async (gaps, tail, from, count) => {
        const sparse: SparseRegion[] = [];
        const expected: Buffer[] = [];
        let [size, source] = [0, 0];
        for (const [gap, length] of gaps) {
          sparse.push({ offset: size + gap, length });
          expected.push(Buffer.alloc(gap), bytes.subarray(source, source + length));
          size += gap + length;
          source += length;
        }
        expected.push(Buffer.alloc(tail));
        size += tail;
        const offset = from % (size + 1);
        const length = count % (size - offset + 1);
        const content: Content = { kind: "slice", layer, offset: 512, sparse };
        const read = await readContent(content, size, { layerFile, offset, length });
        expect(read.equals(Buffer.concat(expected).subarray(offset, offset + length))).toBe(true);
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe("openContent", () => {
  it("gives chunks of at most 256 KiB, from the offset of the content", async () => {
    const large = join(root, "large");
    writeFileSync(large, Buffer.concat([bytes, Buffer.alloc(600_000, 5)]));
    const lengths: number[] = [];
    for await (const chunk of openContent({ kind: "disk", path: large, offset: 1000 }, 600_000, {
      layerFile,
    })) {
      expect(chunk.every((byte) => byte === 5)).toBe(true);
      lengths.push(chunk.length);
    }
    expect(lengths).toEqual([262_144, 262_144, 75_712]);
  });

  it("reads files whose names are not UTF-8", async () => {
    const name = Buffer.from([0x6e, 0xfe, 0x80]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), "odd");
    const content: Content = { kind: "disk", path: `${root}/${decodeName(name)}` };
    expect((await readContent(content, 3, { layerFile })).toString()).toBe("odd");
  });

  it("says what it can't read", async () => {
    const link = join(root, "link");
    symlinkSync("file", link);
    const failing: [Content, string, () => string][] = [
      [{ kind: "disk", path: join(root, "missing") }, "FILE_UNREADABLE", layerFile],
      [{ kind: "disk", path: link }, "FILE_UNREADABLE", layerFile],
      [{ kind: "disk", path: disk, offset: 500 }, "FILE_CHANGED", layerFile],
      [{ kind: "slice", layer, offset: 1000 }, "SLICE_UNREADABLE", layerFile],
      [{ kind: "slice", layer, offset: 0 }, "SLICE_UNREADABLE", () => join(root, "missing.tar")],
    ];
    for (const [content, code, layerFile] of failing) {
      await expect(readContent(content, 1000, { layerFile })).rejects.toMatchObject({ code });
    }
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const sparse = [{ offset: 10_000_000, length: 1 }];
    const reading = (async () => {
      const options = { layerFile, signal: controller.signal };
      for await (const chunk of openContent(
        { kind: "slice", layer, offset: 0, sparse },
        20_000_000,
        options,
      )) {
        expect(chunk.length).toBeGreaterThan(0);
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
  });
});
