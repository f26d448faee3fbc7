import { describe, expect, it } from "vitest";
import { diffTrees } from "./diff-trees.ts";
import { flatten } from "./flatten.ts";
import { layerOf, type LayerLiteral } from "./layer-of.ts";
import { RootFs } from "./root-fs.ts";
import { settleLayer } from "./settle-layer.ts";

function stack(...layers: LayerLiteral[]): RootFs {
  return layers.reduce((fs, layer) => fs.withLayer(layerOf(layer)), RootFs.empty);
}

function flat(fs: RootFs): string[] {
  return [...flatten(fs)].map((change) => {
    if (change.kind !== "put") return change.kind;
    const { entry } = change;
    return entry.kind === "hardlink" ? `${entry.path} => ${entry.target}` : `${entry.path} ${entry.kind}`;
  });
}

describe("flatten", () => {
  it("gives the merged tree in tree order, parents first", () => {
    const fs = stack({ "b/": {}, "b/x": "1", "b-c": "2", a: "3" }, { a: "whiteout", "b/w": "4" });
    expect(flat(fs)).toEqual(["b directory", "b/w file", "b/x file", "b-c file"]);
  });

  it("keeps hard links, after their target", () => {
    const fs = stack({ z: "1", "m/y": "=> z" }, { a: "=> z" });
    expect(flat(fs)).toEqual(["a file", "m directory", "m/y => a", "z => a"]);
  });

  it("makes a file of a hard link whose other names are gone", () => {
    expect(flat(stack({ a: "1", b: "=> a" }, { a: "whiteout" }))).toEqual(["b file"]);
  });
});

describe("diffTrees", () => {
  it("finds nothing between equal trees", () => {
    const layer: LayerLiteral = { "a/": {}, "a/b": "x", c: "-> a" };
    expect([...diffTrees(stack(layer), stack(layer))]).toEqual([]);
  });

  it("tells what was added, removed and changed, and in what respect", () => {
    const before = stack({ "d/": {}, "d/x": "1", f: "same size", g: "g", l: "-> a", "o/": { uid: 1 } });
    const after = stack({
      "e/": {},
      "e/x": "1",
      f: "other siz",
      g: { text: "gg", mode: 0o755, mtimeSec: 9 },
      l: "-> b",
      "o/": { uid: 2 },
    });
    const found = [...diffTrees(before, after)].map((difference) =>
      difference.kind === "changed"
        ? `${difference.path} ${difference.aspects.join(",")}`
        : `${difference.kind} ${difference.path}`,
    );
    expect(found).toEqual([
      "removed d",
      "added e",
      "added e/x",
      "f content",
      "g mode,mtime,size",
      "l target",
      "o owner",
    ]);
  });

  it("reports a folder that became a file once", () => {
    const found = [...diffTrees(stack({ "d/x": "1" }), stack({ d: { text: "", mode: 0o755 } }))];
    expect(found).toMatchObject([{ kind: "changed", path: "d", aspects: ["kind"] }]);
  });

  it("sees that two files became one", () => {
    const found = [...diffTrees(stack({ a: "x", b: "x" }), stack({ a: "x", b: "=> a" }))];
    expect(found).toMatchObject([
      { path: "a", aspects: ["links"] },
      { path: "b", aspects: ["links"] },
    ]);
  });
});

describe("settleLayer", () => {
  const below = stack({
    "usr/lib/": {},
    "usr/lib/old": "x",
    lib: "-> usr/lib",
    data: "-> /srv/data",
    "srv/": {},
  });

  it("gives a layer back that names all its folders", () => {
    const table = layerOf({ "usr/": {}, "usr/lib/": {}, "usr/lib/new": "x" });
    expect(settleLayer(below, table)).toBe(table);
  });

  it("moves what a layer has below a symbolic link that it does not name (kaniko #1038)", () => {
    const table = layerOf({
      "lib/new": "x",
      "lib/old": "whiteout",
      "lib/alias": "=> lib/new",
      "data/deep/f": "y",
    });
    const fs = below.withLayer(settleLayer(below, table));
    expect(flat(fs)).toEqual([
      "data symlink",
      "lib symlink",
      "srv directory",
      "srv/data directory",
      "srv/data/deep directory",
      "srv/data/deep/f file",
      "usr directory",
      "usr/lib directory",
      "usr/lib/alias file",
      "usr/lib/new => usr/lib/alias",
    ]);
  });

  it("moves nothing below a folder that the layer itself puts in the link's place", () => {
    const table = layerOf({ "lib/": {}, "lib/sub/f": "x" });
    expect(settleLayer(below, table)).toBe(table);
  });
});
