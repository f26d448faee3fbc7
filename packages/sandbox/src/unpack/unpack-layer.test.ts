import {
  chmodSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createTable, encodeName } from "@tsbuild/layer";
import { digestOf } from "@tsbuild/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { chunksOf, makeRootForTest, orderFor, ours, tarLayer } from "./layer-tar.fixture.ts";
import type { LayerTar, TarLiteral } from "./layer-tar.fixture.ts";
import { TreePaths } from "./tree-paths.ts";
import { unpackLayer } from "./unpack-layer.ts";
import type { UnpackLayerOrder } from "./unpack-layer.ts";

let temporary: string;
let root: string;
beforeEach(() => {
  ({ temporary, root } = makeRootForTest());
});

async function unpack(layer: LayerTar, changes: Partial<UnpackLayerOrder> = {}): Promise<void> {
  await unpackLayer(root, orderFor(layer, changes));
}

async function unpackLiteral(literal: TarLiteral): Promise<void> {
  await unpack(await tarLayer(literal));
}

const modeOf = (path: string) => lstatSync(`${root}/${path}`).mode & 0o7777;
const timeOf = (path: string) => lstatSync(`${root}/${path}`, { bigint: true }).mtimeNs;
const second = 1_000_000_000n;

describe("unpackLayer", () => {
  it("makes folders, files and links with their modes and times", async () => {
    await unpackLiteral({
      "bin/": {},
      "bin/tool": { text: "#!", mode: 0o4755, mtimeSec: 5 },
      "bin/sh": { text: "-> ../../../bin/tool", mtimeSec: 6 },
      "etc/": { mode: 0o1777, mtimeSec: 7 },
      "etc/locked/": { mode: 0, mtimeSec: 8 },
      "etc/secret": { text: "shh", mode: 0 },
      "etc/empty": { mode: 0o2444 },
      "etc/all": { mode: 0o666 },
      second: "=> bin/tool",
    });
    const names = ["", "bin", "etc"].map((folder) => readdirSync(`${root}/${folder}`).sort());
    expect(names).toEqual([
      ["bin", "etc", "second"],
      ["sh", "tool"],
      ["all", "empty", "locked", "secret"],
    ]);
    expect(
      ["bin", "bin/tool", "etc", "etc/locked", "etc/secret", "etc/empty", "etc/all"].map(modeOf),
    ).toEqual([0o755, 0o4755, 0o1777, 0, 0, 0o2444, 0o666]);
    expect(["bin", "bin/tool", "bin/sh", "etc", "etc/locked"].map(timeOf)).toEqual([
      second * second,
      5n * second,
      6n * second,
      7n * second,
      8n * second,
    ]);
    expect(readlinkSync(`${root}/bin/sh`)).toBe("../../../bin/tool");
    expect(statSync(`${root}/second`).ino).toBe(statSync(`${root}/bin/tool`).ino);
    expect(readFileSync(`${root}/second`, "utf8")).toBe("#!");
    chmodSync(`${root}/etc/locked`, 0o700); // so that it can be removed
  });

  it("gives the folder itself what the layer says of the root", async () => {
    const entry = { path: "", kind: "directory", mode: 0o711, mtimeSec: 9, mtimeNsec: 0, ...ours } as const;
    const table = createTable([{ kind: "put", entry }]);
    await unpack({ table, diffId: digestOf(""), tar: Buffer.alloc(0) });
    expect(modeOf("")).toBe(0o711);
    expect(timeOf("")).toBe(9n * second);
  });

  it("takes no group and no setgid bit over from the folder that it works in", async () => {
    chmodSync(root, 0o2755);
    await unpackLiteral({ "d/": {}, "d/e/": { mode: 0o2700 }, "d/f": "x" });
    expect(["d", "d/e", "d/f"].map(modeOf)).toEqual([0o755, 0o2700, 0o644]);
    expect(lstatSync(`${root}/d/f`).gid).toBe(ours.gid);
  });

  it("keeps times before 1970, which Node takes for now", async () => {
    await unpackLiteral({
      "d/": { mtimeSec: -3 },
      "d/f": { text: "x", mtimeSec: -1, mtimeNsec: 500_000_000 },
      "d/l": { text: "-> f", mtimeSec: -2_000_000_000 },
    });
    expect(["d", "d/f", "d/l"].map(timeOf)).toEqual([-3n * second, -second / 2n, -2n * second * second]);
  });

  it("keeps names of any bytes, and both spellings of a letter", async () => {
    const names = [
      "\udcff\udc80",
      "caf\u00e9",
      "cafe\u0301",
      "new\nline",
      "back\\slash",
      "C:",
      "-rf",
      "a".repeat(255),
    ];
    await unpackLiteral({
      ...Object.fromEntries(names.map((name) => [name, `at ${name.isWellFormed()}`])),
      "\udcfe/": {},
      "\udcfe/link": { text: "-> \udcfd" },
      "\udcfe/again": { text: "=> \udcff\udc80" },
    });
    const found = readdirSync(root, { encoding: "buffer" }).map((name) => name.toString("latin1"));
    const wanted = [...names, "\udcfe"].map((name) => encodeName(name).toString("latin1"));
    expect(found.sort()).toEqual(wanted.sort());
    const path = Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xfe), Buffer.from("/link")]);
    expect(readlinkSync(path, "buffer")).toEqual(Buffer.of(0xfd));
    const first = Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff, 0x80)]);
    expect(statSync(first).nlink).toBe(2);
  });

  it.skipIf(process.platform !== "linux")("makes paths longer than a system call takes", async () => {
    const deep = Array.from({ length: 60 }, (_, depth) => `${depth}`.padEnd(200, "x"));
    const folders = deep.map((_, depth) => `${deep.slice(0, depth + 1).join("/")}/`);
    const folder = folders.at(-1) ?? "";
    await unpackLiteral({
      ...Object.fromEntries(folders.map((path) => [path, { mtimeSec: path.length }])),
      [`${folder}file`]: "far",
      [`${folder}link`]: "-> file",
      [`${folder}twice`]: `=> ${folder}file`,
      near: `=> ${folder}file`,
    });
    const paths = new TreePaths(root);
    expect(lstatSync(paths.at(folder.slice(0, -1)), { bigint: true }).mtimeNs).toBe(
      BigInt(folder.length) * second,
    );
    expect(readFileSync(paths.at(`${folder}link`), "utf8")).toBe("far");
    expect(lstatSync(paths.at(`${folder}twice`)).nlink).toBe(3);
    paths.close();
  });

  it("links hard links to what the last of a chain is, whatever the order of names", async () => {
    await unpackLiteral({ m: "text", a: "=> m", z: "=> a", k: "-> nowhere", b: "=> k" });
    expect(["a", "m", "z"].map((name) => lstatSync(`${root}/${name}`).nlink)).toEqual([3, 3, 3]);
    expect(readlinkSync(`${root}/b`)).toBe("nowhere");
  });

  it.each([1, 511, 512, 513, 4096, 1_000_000])("writes the same from chunks of %i bytes", async (size) => {
    const text = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 251));
    const layer = await tarLayer({
      a: "first",
      empty: "",
      long: { text },
      z: { text: text.subarray(0, 512) },
    });
    const seen: number[] = [];
    await unpack(layer, {
      source: { diffId: layer.diffId, bytes: chunksOf(layer.tar, size) },
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(readFileSync(`${root}/a`, "utf8")).toBe("first");
    expect(readFileSync(`${root}/long`).equals(text)).toBe(true);
    expect(readFileSync(`${root}/z`).equals(text.subarray(0, 512))).toBe(true);
    expect(statSync(`${root}/empty`).size).toBe(0);
    expect(seen.at(-1)).toBe(5 + 3000 + 512);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("writes sparse files with their holes", async () => {
    const tar = Buffer.from("0123456789abcdef");
    const size = 100 * 1024 * 1024;
    const sparse = [
      { offset: 10, length: 4 },
      { offset: 50 * 1024 * 1024, length: 8 },
    ];
    const diffId = digestOf(tar);
    const attributes = { mode: 0o600, mtimeSec: 1, mtimeNsec: 0, ...ours };
    const file = { kind: "file", size, ...attributes } as const;
    const table = createTable([
      {
        kind: "put",
        entry: { ...file, path: "data", content: { kind: "slice", layer: diffId, offset: 2, sparse } },
      },
      {
        kind: "put",
        entry: { ...file, path: "hole", content: { kind: "slice", layer: diffId, offset: 2, sparse: [] } },
      },
    ]);
    await unpack({ tar, diffId, table }, { source: { diffId, bytes: chunksOf(tar, 5) } });
    const bytes = readFileSync(`${root}/data`);
    expect(bytes.length).toBe(size);
    expect(bytes.toString("latin1", 10, 15)).toBe("2345\0");
    expect(bytes.toString("latin1", 50 * 1024 * 1024, 50 * 1024 * 1024 + 9)).toBe("6789abcd\0");
    expect(["data", "hole"].map((name) => lstatSync(`${root}/${name}`).size)).toEqual([size, size]);
    expect(lstatSync(`${root}/data`).blocks * 512).toBeLessThan(1024 * 1024);
    expect(lstatSync(`${root}/hole`).blocks * 512).toBeLessThan(1024 * 1024);
  });

  it("takes contents from other layers' tars, and from the table", async () => {
    const other = await tarLayer({
      x: "of another layer",
      y: "unused",
      z: { text: Buffer.alloc(3_000_000, "z") },
    });
    writeFileSync(`${temporary}/other.tar`, other.tar);
    const layer = await tarLayer({ mine: "of this layer" });
    const bytes = Buffer.from("of none");
    const stub = {
      kind: "file",
      path: "stub",
      size: 7,
      mode: 0o644,
      mtimeSec: 0,
      mtimeNsec: 0,
      ...ours,
    } as const;
    const table = createTable([
      other.table.at(other.table.find("x")),
      other.table.at(other.table.find("z")),
      layer.table.at(0),
      { kind: "put", entry: { ...stub, content: { kind: "bytes", bytes } } },
    ]);
    await unpack({ ...layer, table }, { tars: new Map([[other.diffId, `${temporary}/other.tar`]]) });
    expect(["x", "mine", "stub"].map((name) => readFileSync(`${root}/${name}`, "utf8"))).toEqual([
      "of another layer",
      "of this layer",
      "of none",
    ]);
    expect(readFileSync(`${root}/z`).equals(Buffer.alloc(3_000_000, "z"))).toBe(true);
  });

  it("reads nothing that it does not need", async () => {
    const layer = await tarLayer({ "d/": {}, empty: "" });
    const bytes: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => expect.unreachable() };
    await unpack(layer, { source: { diffId: layer.diffId, bytes } });
    expect(readdirSync(root).sort()).toEqual(["d", "empty"]);
  });

  it("has no name of its own that could meet one of the layer", async () => {
    await unpackLiteral({ ".new/": {}, ".new/x": "1", ".new-": "2" });
    expect(readdirSync(root).sort()).toEqual([".new", ".new-"]);
  });

  it("leaves out what an ordinary user cannot make, and says what", async () => {
    const device = { kind: "device", type: "char", major: 1, minor: 3 } as const;
    const common = { mode: 0o644, mtimeSec: 0, mtimeNsec: 0, ...ours };
    const xattrs = new Map([
      ["security.selinux", Buffer.from("x")],
      ["trusted.note", Buffer.from("y")],
    ]);
    const table = createTable([
      { kind: "put", entry: { path: "null", ...device, ...common } },
      { kind: "put", entry: { path: "also", kind: "hardlink", target: "null", ...common } },
      { kind: "put", entry: { path: "link", kind: "symlink", target: "x", ...common, xattrs } },
    ]);
    const said: string[] = [];
    await unpackLayer(root, {
      ...{ changes: table, tars: new Map(), flavour: "user", isRoot: false },
      warn: (code, message) => said.push(`${code} ${message}`),
    });
    expect(readdirSync(root)).toEqual(["link"]);
    expect(said).toEqual([
      'DEVICES_LEFT_OUT Only root can make device files; RUN does not see these: "null"',
      'XATTRS_LEFT_OUT Extended attributes that cannot be set here; RUN does not see these: "security.selinux of link", "trusted.note of link"',
    ]);
  });

  it("ends with the signal's reason, between chunks and before anything", async () => {
    const controller = new AbortController();
    const layer = await tarLayer({ long: { text: Buffer.alloc(10_000) } });
    async function* bytes() {
      yield layer.tar.subarray(0, 3000);
      controller.abort(new Error("enough"));
      yield layer.tar.subarray(3000);
    }
    const changes = { source: { diffId: layer.diffId, bytes: bytes() }, signal: controller.signal };
    await expect(unpack(layer, changes)).rejects.toThrow("enough");
    await expect(unpack(layer, changes)).rejects.toThrow("enough");
  });
});
