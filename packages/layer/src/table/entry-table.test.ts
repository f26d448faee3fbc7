import { Buffer } from "node:buffer";
import { Worker } from "node:worker_threads";
import { digestOf } from "@tsbuild/oci";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change, Entry } from "../entry.ts";
import { decodeName } from "../name.ts";
import { createTable } from "./create-table.ts";
import { EntryTable } from "./entry-table.ts";
import { EntryTableBuilder, THIS_LAYER } from "./entry-table-builder.ts";
import { comparePaths } from "./path-order.ts";

const layer = digestOf("layer");
const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };
const file = (path: string, fields: Partial<Entry> = {}): Change =>
  ({
    kind: "put",
    entry: {
      ...plain,
      kind: "file",
      path,
      size: 3,
      content: { kind: "slice", layer, offset: 512 },
      ...fields,
    },
  }) as Change;
const folder = (path: string): Change => ({
  kind: "put",
  entry: { ...plain, kind: "directory", path, mode: 0o755 },
});
const link = (path: string, target: string): Change => ({
  kind: "put",
  entry: { ...plain, kind: "symlink", path, target },
});
const remove = (path: string): Change => ({ kind: "remove", path });
const clear = (path: string): Change => ({ kind: "clear", path });

/** What a table says, in short. */
function show(table: EntryTable): string[] {
  return Array.from({ length: table.length }, (_, row) => {
    return `${table.kindAt(row)} ${table.pathAt(row)}${table.isOpaque(row) ? " opaque" : ""}`;
  });
}

const everything: Change[] = [
  folder(""),
  file("a", { mode: 0o6755, uid: 0xffffffff, gid: 1, mtimeSec: -5, mtimeNsec: 7, size: 2 ** 50 }),
  file("b", { content: { kind: "disk", path: "/home/me/ü\udcff/b" } }),
  file("c", { content: { kind: "disk", path: "relative/name", offset: 2 ** 40 } }),
  file("d", { content: { kind: "disk", path: "/b" } }),
  file("e", {
    content: { kind: "bytes", bytes: new Uint8Array([0, 255, 10]) },
    contentDigest: digestOf("e"),
  }),
  file("f", { content: { kind: "slice", layer, offset: 2 ** 45, sparse: [{ offset: 5, length: 3 }] } }),
  file("g", { content: { kind: "slice", layer, offset: 0, sparse: [] } }),
  file("h", {
    xattrs: new Map([
      ["user.ü", new Uint8Array([0, 200])],
      ["security.capability", new Uint8Array(0)],
    ]),
  }),
  link("i", "../\udcff/x"),
  { kind: "put", entry: { ...plain, kind: "hardlink", path: "j", target: "dir/ü" } },
  { kind: "put", entry: { ...plain, kind: "device", path: "k", type: "block", major: 8, minor: 0xffffffff } },
  { kind: "put", entry: { ...plain, kind: "device", path: "l", type: "char", major: 0, minor: 0 } },
  { kind: "put", entry: { ...plain, kind: "fifo", path: "m" } },
  remove("n"),
  clear("o"),
  folder("p"),
  file("p/größe\udcff"),
];

describe("EntryTable", () => {
  it("gives back everything that was put in", () => {
    const table = createTable(everything);
    expect(Array.from({ length: table.length }, (_, row) => table.at(row))).toEqual(everything);
    expect([...table.changes()]).toEqual(everything);
    expect(table.sizeAt(table.find("a"))).toBe(2 ** 50);
  });

  it("gives back everything after being saved and loaded, or sent to a worker", () => {
    const table = createTable(everything);
    const loaded = EntryTable.fromBytes(table.toBytes());
    expect([...loaded.changes()]).toEqual(everything);
    const unaligned = Buffer.concat([Buffer.from("x"), table.toBytes()]).subarray(1);
    expect([...EntryTable.fromBytes(unaligned).changes()]).toEqual(everything);
    expect([...EntryTable.fromParts(EntryTable.fromBytes(unaligned).parts()).changes()]).toEqual(everything);
    expect(EntryTable.fromParts(table.parts()).toBytes()).toEqual(table.toBytes());
  });

  it("shares its memory with a worker", async () => {
    const source = `const { parentPort } = require("node:worker_threads");
      parentPort.once("message", ({ buffer }) => parentPort.postMessage(buffer.byteLength));`;
    const worker = new Worker(source, { eval: true });
    const table = createTable(everything);
    worker.postMessage(table.parts(), []);
    const length = await new Promise((resolve) => worker.once("message", resolve));
    expect(length).toBe(table.toBytes().length);
    expect(table.parts().buffer).toBe(table.parts().buffer);
    await worker.terminate();
  });

  it("is the same bytes whatever order the changes came in", () => {
    const bytes = createTable(everything).toBytes();
    expect(Buffer.compare(createTable(everything.toReversed()).toBytes(), bytes)).toBe(0);
    const twice = createTable([file("zzz/dropped"), file("zzz"), ...everything, remove("zzz"), file("zzz")]);
    expect(twice.length).toBe(everything.length + 1);
  });

  it("is in tree order: a folder is followed by all below it", () => {
    const paths = ["a", "a/b", "a/b/c", "a/\x01", "a!", "a-b", "ab", "é", "\uffff", "𐀀", "\udcff", ""];
    const table = createTable(paths.toSorted().map((path) => folder(path)));
    expect(show(table).map((line) => line.slice("directory ".length))).toEqual([
      ...["", "a", "a/\x01", "a/b", "a/b/c", "a!", "a-b", "ab", "é", "\uffff", "𐀀", "\udcff"],
    ]);
    for (let row = 1; row < table.length; row++) {
      expect(comparePaths(table.pathAt(row - 1), table.pathAt(row))).toBeLessThan(0);
    }
  });

  it("finds rows, subtrees and children", () => {
    const table = createTable(
      ["a", "a/b", "a/b/c", "a/b/d", "a-b", "x/y/z", "x/y/w/v", "x/k"].map((path) => file(path)),
    );
    const shown = (path: string) => {
      const { start, end } = table.subtree(path);
      return Array.from({ length: end - start }, (_, i) => table.pathAt(start + i));
    };
    // A file can't have children: the later ones made folders of them.
    expect(show(table)).toEqual([
      "directory a opaque",
      "directory a/b opaque",
      ...["file a/b/c", "file a/b/d", "file a-b", "file x/k", "file x/y/w/v", "file x/y/z"],
    ]);
    expect(table.find("a/b/d")).toBe(3);
    expect(["a/", "a/b/", "b", "x", "x/y", "", "a/b/c/d"].map((path) => table.find(path))).toEqual([
      -1, -1, -1, -1, -1, -1, -1,
    ]);
    expect(shown("a")).toEqual(["a", "a/b", "a/b/c", "a/b/d"]);
    expect(shown("x/y")).toEqual(["x/y/w/v", "x/y/z"]);
    expect(shown("nothing")).toEqual([]);
    expect(shown("")).toHaveLength(8);
    expect([...table.children("a")].map((row) => table.pathAt(row))).toEqual(["a/b"]);
    expect([...table.children("x")].map((row) => table.pathAt(row))).toEqual(["x/k"]);
    expect([...table.childNames("")]).toEqual([
      { name: "a", row: 0 },
      { name: "a-b", row: 4 },
      { name: "x", row: -1 },
    ]);
    expect([...table.childNames("x/y")].map(({ name }) => name)).toEqual(["w", "z"]);
  });

  it("refuses rows that it does not have", () => {
    const table = createTable([file("a")]);
    for (const row of [-1, 1, Number.NaN]) expect(() => table.at(row)).toThrow(RangeError);
  });
});

describe("EntryTableBuilder", () => {
  it("refuses paths that are not canonical", () => {
    for (const path of ["/a", "a/", "a//b", ".", "..", "a/../b", "a/..", "./a", "a/./b", "a\0", "/"]) {
      expect(() => createTable([file(path)])).toThrow(TypeError);
      expect(() => createTable([file("a/x"), file("b"), file(path)])).toThrow(TypeError);
    }
    expect(() => createTable([remove("")])).toThrow(TypeError);
  });

  it("refuses numbers that would wrap around to other ones (CVE-2024-40635)", () => {
    const wrong: Partial<Entry & { size: number }>[] = [
      { uid: 2 ** 32 },
      { gid: -1 },
      { uid: 0.5 },
      { mode: 0o10000 },
      { mtimeNsec: 1e9 },
      { mtimeSec: Number.NaN },
      { size: -1 },
      { size: 2 ** 60 },
    ];
    for (const fields of wrong)
      expect(() => createTable([file("a", fields as Partial<Entry>)])).toThrow(RangeError);
  });

  it("is empty after it has finished, and can be used again", () => {
    const builder = new EntryTableBuilder();
    builder.add(file("dir/a"));
    builder.finish();
    expect(builder.length).toBe(0);
    builder.add(file("dir/b"));
    expect(show(builder.finish())).toEqual(["file dir/b"]);
  });

  it("puts the digest of the layer in at the end", () => {
    const builder = new EntryTableBuilder();
    builder.add(file("a", { content: { kind: "slice", layer: THIS_LAYER, offset: 5 } }));
    builder.add(file("b"));
    const diffId = digestOf("this layer");
    const table = builder.finish({ thisLayer: diffId });
    expect(table.at(0)).toEqual(file("a", { content: { kind: "slice", layer: diffId, offset: 5 } }));
    expect(table.at(1)).toEqual(file("b"));
  });

  it("holds any set of paths as a Map would", () => {
    const part = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => {
      const name = decodeName(Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));
      return name === "." || name === ".." ? "x" : name;
    });
    const path = fc.array(fc.oneof(fc.constantFrom("a", "b", "a-"), part), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 40 }), (paths) => {
        const names = paths.map((parts) => parts.join("/"));
        const table = createTable(names.map(folder));
        const expected = [...new Set(names)].sort(comparePaths);
        expect(show(table)).toEqual(expected.map((name) => `directory ${name}`));
        for (const name of expected) expect(table.pathAt(table.find(name))).toBe(name);
        EntryTable.fromBytes(Uint8Array.from(table.toBytes()));
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
