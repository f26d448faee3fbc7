import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { Digest } from "@tsbuild/oci";
import { decompress } from "../compression/decompress.ts";
import type { Change } from "../entry.ts";
import { indexLayer } from "../index-layer.ts";
import { decodeName } from "../name.ts";
import { createTable } from "../table/create-table.ts";
import { gzipBlocks } from "./block-rule.ts";
import { packHere } from "./block-source.ts";
import type { BlockSource } from "./block-source.ts";
import { packLayer } from "./pack-layer.ts";
import type { PackedLayer, PackOptions } from "./pack-layer.ts";
import { packOnThread } from "./pack-thread.ts";
import {
  attributes,
  collecting,
  contentOf,
  file,
  folder,
  manyFiles,
  noise,
  put,
  readWithTarStream,
  sha256,
  sourceText,
  textFile,
} from "./packing.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "pack-layer-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function pack(
  changes: Iterable<Change>,
  more: Partial<PackOptions> = {},
): Promise<{ layer: PackedLayer; bytes: Buffer }> {
  const chunks: Uint8Array[] = [];
  const layer = await packLayer(createTable(changes), collecting(chunks, more));
  return { layer, bytes: Buffer.concat(chunks) };
}

async function unpack(bytes: Uint8Array): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(chunked(bytes))) parts.push(part);
  return Buffer.concat(parts);
}

async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const hasTools =
  spawnSync("tar", ["--version"]).status === 0 && spawnSync("gzip", ["--version"]).status === 0;

describe("packLayer", () => {
  it("gives the same bytes for any number of threads and each time", async () => {
    const changes = manyFiles(join(root, "same"), 1000);
    const digests = new Set<string>();
    for (const threads of [1, 2, 3, 4, 4]) {
      const { layer } = await pack(changes, { threads });
      digests.add(`${layer.descriptor.digest} ${layer.diffId}`);
    }
    expect(digests.size).toBe(1);
  });

  it("cuts the same blocks on a thread as on the main thread", async () => {
    mkdirSync(join(root, "both"));
    const big = join(root, "both", "big");
    writeFileSync(big, noise(3, 2_500_000));
    const changes = [
      ...manyFiles(join(root, "both"), 300),
      file("zz", 2_500_000, { kind: "disk", path: big }),
    ];
    const job = {
      table: createTable(changes),
      layerFile: () => "",
      blocks: gzipBlocks,
      hashContents: false,
      clampMtimeSec: undefined,
    };
    const here = await drain(packHere(job));
    const there = await drain(packOnThread(job, 2));
    expect(there).toEqual(here);
    expect(here.blocks.length).toBeGreaterThan(4);
  });

  it("gives one gzip member that zlib, gzip and tar accept, with the contents of the disk", async () => {
    const changes = manyFiles(join(root, "oracle"), 400);
    const { layer, bytes } = await pack(changes);
    expect(bytes.subarray(0, 10)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]));
    const tar = gunzipSync(bytes);
    expect(tar.length).toBe(layer.tarSize);
    expect(layer.diffId).toBe(sha256(createHash("sha256").update(tar).digest("hex")));
    expect(layer.descriptor.digest).toBe(sha256(createHash("sha256").update(bytes).digest("hex")));
    const files = (await readWithTarStream(tar)).filter((entry) => entry.type === "file");
    expect(files).toHaveLength(400);
    for (const { name, bytes } of files) {
      const index = Number(/(\d+)\.js$/.exec(name)?.[1]);
      expect(bytes.equals(contentOf(index))).toBe(true);
    }
    if (!hasTools) return;
    expect(spawnSync("gzip", ["-t"], { input: bytes }).status).toBe(0);
    const listed = spawnSync("tar", ["-tzf", "-"], { input: bytes, encoding: "utf8" });
    expect(listed.stderr).toBe("");
    expect(listed.stdout.trim().split("\n")).toHaveLength(408);
  });

  it("describes the layer as reading it back does", async () => {
    const changes: Change[] = [
      ...manyFiles(join(root, "described"), 120),
      put({ ...attributes, kind: "symlink", path: "link", target: "d0/file-0.js" }),
      put({ ...attributes, kind: "hardlink", path: "a-link", target: "d0/file-1.js" }),
      put({ ...attributes, kind: "device", path: "null", type: "char", major: 1, minor: 3 }),
      put({ ...attributes, kind: "fifo", path: "pipe", mtimeSec: 5, mtimeNsec: 120_000_000 }),
      { kind: "remove", path: "gone" },
      { kind: "remove", path: "d1/gone" },
      { kind: "clear", path: "d0" },
    ];
    for (const kind of ["gzip", "zstd", "none"] as const) {
      const { layer, bytes } = await pack(changes, { compression: { kind } });
      const index = await indexLayer(chunked(bytes), {});
      expect(index.diffId).toBe(layer.diffId);
      expect(index.digest).toBe(layer.descriptor.digest);
      expect(index.tarSize).toBe(layer.tarSize);
      expect([...index.table.changes()]).toEqual([...layer.table.changes()]);
    }
  });

  it("names the media type of each compression", async () => {
    const types: Record<string, string> = {};
    for (const kind of ["gzip", "zstd", "none"] as const) {
      const { layer, bytes } = await pack([folder("work")], { compression: { kind } });
      types[kind] = layer.descriptor.mediaType;
      expect((await unpack(bytes)).length).toBe(layer.tarSize);
    }
    expect(types).toEqual({
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
      none: "application/vnd.oci.image.layer.v1.tar",
    });
  });

  it("packs 10,000 files as zstd frames that the zstd program accepts", async () => {
    const { layer, bytes } = await pack(manyFiles(join(root, "zstd"), 10_000), {
      compression: { kind: "zstd" },
    });
    const tar = await unpack(bytes);
    expect(sha256(createHash("sha256").update(tar).digest("hex"))).toBe(layer.diffId);
    const checked = spawnSync("zstd", ["-dc"], { input: bytes, maxBuffer: 1 << 30 });
    if (checked.error) return; // no such program
    expect(checked.stdout.equals(tar)).toBe(true);
  });

  it("writes hard links after the files they link to, also through another link", async () => {
    const { bytes } = await pack([
      put({ ...attributes, kind: "hardlink", path: "a", target: "b" }),
      put({ ...attributes, kind: "hardlink", path: "b", target: "c/target" }),
      folder("c"),
      textFile("c/target", "shared"),
      put({ ...attributes, kind: "hardlink", path: "d", target: "c/target" }),
      put({ ...attributes, kind: "hardlink", path: "e", target: "in/a/lower/layer" }),
    ]);
    const entries = await readWithTarStream(gunzipSync(bytes));
    expect(entries.map(({ name, linkname }) => (linkname ? `${name} > ${linkname}` : name))).toEqual([
      "c/",
      "c/target",
      "b > c/target",
      "a > b",
      "d > c/target",
      "e > in/a/lower/layer",
    ]);
  });

  it("writes whiteouts as empty files without permissions, an opaque mark right after its folder", async () => {
    const { bytes } = await pack([
      folder("cleared"),
      { kind: "clear", path: "cleared" },
      textFile("cleared/new", "1"),
      { kind: "remove", path: "gone" },
      { kind: "remove", path: "deep/er/gone" },
    ]);
    const entries = await readWithTarStream(gunzipSync(bytes));
    expect(entries.map(({ name, bytes }) => `${name} ${bytes.length}`)).toEqual([
      "cleared/ 0",
      "cleared/.wh..wh..opq 0",
      "cleared/new 1",
      "deep/er/.wh.gone 0",
      ".wh.gone 0",
    ]);
  });

  it("packs files larger than a block, and slices of another layer's tar", async () => {
    const text = sourceText(1, 3_000_000);
    const tarPath = join(root, "lower.tar");
    writeFileSync(tarPath, Buffer.concat([Buffer.alloc(512, 1), text, Buffer.alloc(512, 2)]));
    const lower = sha256("a".repeat(64));
    const asked: Digest[] = [];
    const { layer, bytes } = await pack(
      [
        file("copy", text.length, { kind: "slice", layer: lower, offset: 512 }),
        file("part", 1000, { kind: "slice", layer: lower, offset: 512 + 5 }),
        file("tail", 100, { kind: "disk", path: tarPath, offset: 512 + text.length }),
        file("sparse", 10_000, {
          kind: "slice",
          layer: lower,
          offset: 512,
          sparse: [
            { offset: 0, length: 10 },
            { offset: 5000, length: 20 },
          ],
        }),
      ],
      {
        layerFile(diffId) {
          asked.push(diffId);
          return tarPath;
        },
      },
    );
    expect(asked).toEqual([lower]);
    const sparse = Buffer.alloc(10_000);
    text.copy(sparse, 0, 0, 10);
    text.copy(sparse, 5000, 10, 30);
    const tar = gunzipSync(bytes);
    const found = new Map((await readWithTarStream(tar)).map(({ name, bytes }) => [name, bytes]));
    expect(found.get("copy")?.equals(text)).toBe(true);
    expect(found.get("part")?.equals(text.subarray(5, 1005))).toBe(true);
    expect(found.get("tail")?.equals(Buffer.alloc(100, 2))).toBe(true);
    expect(found.get("sparse")?.equals(sparse)).toBe(true);
    const change = layer.table.at(layer.table.find("copy"));
    if (change.kind !== "put" || change.entry.kind !== "file" || change.entry.content.kind !== "slice") {
      throw new TypeError("not a slice");
    }
    const { offset } = change.entry.content;
    expect(tar.subarray(offset, offset + text.length).equals(text)).toBe(true);
  });

  it("asks for the tars of lower layers from its thread too", async () => {
    const tarPath = join(root, "lower-2.tar");
    writeFileSync(tarPath, noise(9, 100_000));
    const lower = sha256("b".repeat(64));
    const changes = [...Array(600).keys()].map((index) =>
      file(`f${index}`, 900, { kind: "slice", layer: lower, offset: index * 100 }),
    );
    const { bytes } = await pack(changes, { layerFile: () => tarPath });
    const found = new Map(
      (await readWithTarStream(gunzipSync(bytes))).map(({ name, bytes }) => [name, bytes]),
    );
    expect(found.get("f599")?.equals(noise(9, 100_000).subarray(59_900, 60_800))).toBe(true);
  });

  it("packs files whose names are not UTF-8, from the disk and back", async () => {
    const name = Buffer.from([0x66, 0xff, 0xc3, 0x28, 0x6f]);
    mkdirSync(join(root, "names"));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/names/`), name]), "odd");
    const [found] = readdirSync(join(root, "names"), { encoding: "buffer" });
    const path = decodeName(found ?? Buffer.alloc(0));
    const { bytes } = await pack([file(path, 3, { kind: "disk", path: `${root}/names/${path}` })]);
    const { table } = await indexLayer(chunked(bytes), {});
    expect(table.pathAt(0)).toBe(path);
    expect(gunzipSync(bytes).includes(name)).toBe(true);
  });

  it("clamps later times, fractions included, and keeps earlier ones", async () => {
    const { layer } = await pack(
      [
        put({ ...attributes, kind: "directory", path: "late", mtimeSec: 200, mtimeNsec: 5 }),
        put({ ...attributes, kind: "directory", path: "same", mtimeSec: 100, mtimeNsec: 5 }),
        put({ ...attributes, kind: "directory", path: "early", mtimeSec: 99, mtimeNsec: 7 }),
      ],
      { clampMtimeSec: 100 },
    );
    const times = [...layer.table.changes()].map((change) =>
      change.kind === "put" ? `${change.entry.path} ${change.entry.mtimeSec}.${change.entry.mtimeNsec}` : "",
    );
    expect(times.toSorted()).toEqual(["early 99.7", "late 100.0", "same 100.0"]);
  });

  it("tells how much of the tar is packed, up to all of it", async () => {
    const seen: number[] = [];
    const { layer } = await pack(manyFiles(join(root, "progress"), 500), {
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(layer.tarSize);
  });

  it("packs an empty table as an empty tar", async () => {
    const { layer, bytes } = await pack([]);
    expect(gunzipSync(bytes)).toEqual(Buffer.alloc(1024));
    expect(layer.diffId).toBe("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
  });
});

async function drain(source: BlockSource): Promise<{ blocks: string[]; diffId: string }> {
  const blocks: string[] = [];
  for (let block = await source.next(); block; block = await source.next()) {
    blocks.push(`${block.length} ${createHash("sha256").update(block).digest("hex")}`);
    source.release();
  }
  const { diffId } = source.finish();
  await source.close();
  return { blocks, diffId };
}
