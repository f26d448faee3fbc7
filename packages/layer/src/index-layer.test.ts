import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf, mediaTypes } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import { indexLayer } from "./index-layer.ts";
import type { IndexedLayer } from "./index-layer.ts";
import { LayerError } from "./layer-error.ts";
import { archive, encodeEntry, member, pax, plain } from "./tar/tar.fixture.ts";

const tar = archive(
  member({ name: "./", type: "5", mode: "0000755\0" }),
  member({ name: "bin/", type: "5", mode: "0000755\0" }),
  member({ name: "bin/sh", mode: "0004755\0" }, "#!shell"),
  member({ name: "bin/bash", type: "1", link: "bin/sh" }),
  member({ name: "old/.wh.file" }),
  member({ name: "etc/.wh..wh..opq" }),
  member({ name: "etc/", type: "5", mode: "0000755\0" }),
);
const named = (...names: string[]): Buffer => archive(...names.map((name) => member({ name })));

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What the layer says, in short. */
function show({ table }: IndexedLayer): string[] {
  return Array.from({ length: table.length }, (_, row) => {
    return `${table.kindAt(row)} ${table.pathAt(row)}${table.isOpaque(row) ? " opaque" : ""}`;
  });
}

const index = async (bytes: Buffer): Promise<IndexedLayer> => indexLayer(chunks(bytes, 10_000));

describe("indexLayer", () => {
  it.each([
    ["none", tar],
    ["gzip", gzipSync(tar)],
    ["gzip of many members", Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
    ["zstd", zstdCompressSync(tar)],
    [
      "zstd of many frames",
      Buffer.concat([zstdCompressSync(tar.subarray(0, 700)), zstdCompressSync(tar.subarray(700))]),
    ],
  ])("gives both digests, both sizes and the table (%s)", async (_, blob) => {
    const layer = await index(blob);
    expect(layer).toMatchObject({
      digest: digestOf(blob),
      size: blob.length,
      diffId: digestOf(tar),
      tarSize: tar.length,
    });
    expect(show(layer)).toEqual([
      "directory ",
      "directory bin",
      "hardlink bin/bash",
      "file bin/sh",
      "directory etc opaque",
      "remove old/file",
    ]);
    const change = layer.table.at(layer.table.find("bin/sh"));
    const content = { kind: "slice", layer: layer.diffId, offset: 1536 };
    expect(change).toMatchObject({ entry: { mode: 0o4755, size: 7, content } });
    expect(tar.toString("latin1", 1536, 1543)).toBe("#!shell");
  });

  it("covers what follows the end of the archive by both digests", async () => {
    const trailing = Buffer.concat([tar, Buffer.alloc(10_240), Buffer.from("and more")]);
    const layer = await index(gzipSync(trailing));
    expect(layer).toMatchObject({ diffId: digestOf(trailing), tarSize: trailing.length });
    expect(show(layer)).toHaveLength(6);
  });

  it("refuses bytes after the compressed data, as Docker does", async () => {
    await expect(index(Buffer.concat([gzipSync(tar), Buffer.from("garbage")]))).rejects.toMatchObject({
      code: "COMPRESSION_CORRUPT",
    });
  });

  it("gives its bytes to whoever wants them as well", async () => {
    const blob = gzipSync(tar);
    const seen: Buffer[] = [];
    const unpacked: Buffer[] = [];
    await indexLayer(chunks(blob, 100), {
      mediaType: mediaTypes.ociLayerGzip,
      tee: (chunk) => void seen.push(Buffer.from(chunk)),
      teeTar: async (chunk) => void unpacked.push(Buffer.from(chunk)),
    });
    expect(Buffer.concat(seen).equals(blob)).toBe(true);
    expect(Buffer.concat(unpacked).equals(tar)).toBe(true);
  });

  it("refuses a media type of no layer, and stops when its signal is aborted", async () => {
    await expect(indexLayer(chunks(tar, 512), { mediaType: "text/html" })).rejects.toMatchObject({
      code: "COMPRESSION_UNSUPPORTED",
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(indexLayer(chunks(tar, 512), { signal })).rejects.toThrow("enough");
  });

  it("keeps the map of sparse files, so that their content can be read from the tar", async () => {
    const records = {
      "GNU.sparse.name": "real",
      "GNU.sparse.size": "1000",
      "GNU.sparse.map": "0,0,100,4,500,6,1000,0",
    };
    const layer = await index(archive(pax(records), member({ name: "GNUSparseFile.0/real" }, "0123456789")));
    expect(layer.table.at(0)).toMatchObject({
      entry: {
        path: "real",
        size: 1000,
        content: {
          kind: "slice",
          offset: 1536,
          sparse: [
            { offset: 100, length: 4 },
            { offset: 500, length: 6 },
          ],
        },
      },
    });
  });

  it("reads a layer without entries", async () => {
    for (const empty of [Buffer.alloc(1024), gzipSync(Buffer.alloc(1024))])
      expect((await index(empty)).table.length).toBe(0);
  });

  it("cuts nothing off quietly: a layer that ends early is an error", async () => {
    await expect(index(tar.subarray(0, 1540))).rejects.toMatchObject({ code: "TAR_CORRUPT" });
    await expect(index(gzipSync(tar).subarray(0, -9))).rejects.toMatchObject({ code: "COMPRESSION_CORRUPT" });
  });
});

describe("whiteouts of a layer", () => {
  it("in the root mean the root", async () => {
    expect(show(await index(named(".wh.a", ".wh..wh..opq")))).toEqual(["clear  opaque", "remove a"]);
  });

  it("hide nothing of the same layer, in either order", async () => {
    for (const names of [
      ["d/.wh.f", "d/f"],
      ["d/f", "d/.wh.f"],
    ])
      expect(show(await index(named(...names)))).toEqual(["file d/f"]);
    for (const names of [
      ["d/.wh..wh..opq", "d/f"],
      ["d/f", "d/.wh..wh..opq"],
    ]) {
      expect(show(await index(named(...names)))).toEqual(["clear d opaque", "file d/f"]);
    }
  });

  it("that would remove their folder or its parent are refused (kaniko's ExtractFile)", async () => {
    for (const name of ["a/.wh.", "a/.wh..", "a/.wh...", ".wh../x"]) {
      await expect(index(named(name))).rejects.toMatchObject({ code: "TAR_CORRUPT", facts: { path: name } });
    }
  });

  it("go through a symlinked folder of the same layer no further than that folder's name", async () => {
    const link = encodeEntry({ ...plain, kind: "symlink", path: "l", target: "/victim" });
    expect(show(await index(archive(link, member({ name: "l/.wh.f" }))))).toEqual(["symlink l"]);
  });
});

describe("a layer with hostile names", () => {
  it("is refused when an entry leaves the root (CVE-2026-28406)", async () => {
    for (const name of ["../canary", "a/../../canary", "..", "a/.."]) {
      await expect(index(named(name))).rejects.toMatchObject({ code: "PATH_ESCAPES", facts: { path: name } });
    }
    expect(show(await index(named("/canary", "//canary2")))).toEqual(["file canary", "file canary2"]);
  });

  it("keeps device 0:0 a device: it is no whiteout of the overlay file system", async () => {
    const device = encodeEntry({ ...plain, kind: "device", path: "c", type: "char", major: 0, minor: 0 });
    expect(show(await index(archive(device)))).toEqual(["device c"]);
  });

  it("is refused for too many entries before they take memory", async () => {
    const entry = member({ name: "empty" });
    const endless = async function* () {
      for (let i = 0; i < 3000; i++) yield Buffer.concat(Array.from({ length: 100 }, () => entry));
    };
    await expect(indexLayer(endless(), { limits: { entries: 10_000 } })).rejects.toMatchObject({
      code: "TAR_LIMIT",
    });
  });

  it("of random bytes is an error of this package", async () => {
    for (let i = 0; i < 50; i++) {
      const bytes = Buffer.alloc(2000, `${i} random ${i * 7919}`);
      await expect(index(bytes)).rejects.toBeInstanceOf(LayerError);
    }
  });
});
