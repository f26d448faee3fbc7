import { createTable, EntryTable, type Change, type Entry } from "@tsbuild/layer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flatten } from "./flatten.ts";
import { layerOf, type LayerLiteral } from "./layer-of.ts";
import { parentPath } from "./path-names.ts";
import { RootFs } from "./root-fs.ts";
import { linkGroup } from "./tree.ts";

function stack(...layers: LayerLiteral[]): RootFs {
  return layers.reduce((fs, layer) => fs.withLayer(layerOf(layer)), RootFs.empty);
}

function names(fs: RootFs, folder: string): string[] {
  return fs.list(folder).map((entry) => entry.path);
}

function text(entry: Entry | undefined): string | undefined {
  return entry?.kind === "file" && entry.content.kind === "bytes"
    ? Buffer.from(entry.content.bytes).toString()
    : undefined;
}

describe("RootFs", () => {
  it("has a root even when there are no layers", () => {
    expect(RootFs.empty.get("")).toMatchObject({ kind: "directory", mode: 0o755 });
    expect(RootFs.empty.list("")).toEqual([]);
    expect(RootFs.empty.get("a")).toBeUndefined();
  });

  it("shows the highest layer's entry of a path", () => {
    const fs = stack(
      { "etc/": {}, "etc/motd": "old", "etc/host": "h" },
      { "etc/": { mode: 0o700 }, "etc/motd": "new" },
    );
    expect(text(fs.get("etc/motd"))).toBe("new");
    expect(text(fs.get("etc/host"))).toBe("h");
    expect(fs.get("etc")?.mode).toBe(0o700);
    expect(names(fs, "etc")).toEqual(["etc/host", "etc/motd"]);
  });

  it("leaves the value that a layer is added to as it was", () => {
    const before = stack({ a: "1" });
    const after = before.withLayer(layerOf({ a: "whiteout", b: "2" }));
    expect(names(before, "")).toEqual(["a"]);
    expect(names(after, "")).toEqual(["b"]);
    expect(after.layers[0]).toBe(before.layers[0]);
  });

  it("hides a removed folder with everything in it", () => {
    const fs = stack({ "d/": {}, "d/e/f": "x" }, { d: "whiteout" });
    expect(fs.get("d")).toBeUndefined();
    expect(fs.get("d/e/f")).toBeUndefined();
    expect(fs.list("d/e")).toEqual([]);
  });

  it("hides what lower layers have in an opaque folder, not what its own layer has", () => {
    const fs = stack(
      { "d/": {}, "d/old": "x", "d/sub/old": "x" },
      { "d/": "opaque", "d/new": "y" },
      { "d/top": "z" },
    );
    expect(names(fs, "d")).toEqual(["d/new", "d/top"]);
    expect(fs.get("d/sub")).toBeUndefined();
  });

  it("lets a file replace a folder and a folder replace a file", () => {
    const fs = stack({ "x/": {}, "x/in": "x", y: "file" }, { x: "now a file", "y/": {}, "y/in": "y" });
    expect(fs.get("x")?.kind).toBe("file");
    expect(fs.get("x/in")).toBeUndefined();
    expect(names(fs, "y")).toEqual(["y/in"]);
  });

  it("does not bring a replaced folder's contents back with a later folder of the name", () => {
    const fs = stack({ "x/": {}, "x/in": "x" }, { x: "-> elsewhere" }, { "x/": {}, "x/new": "n" });
    expect(names(fs, "x")).toEqual(["x/new"]);
  });

  it("has folders that only something below them names", () => {
    const fs = stack({ "opt/app/bin/run": "x" });
    expect(fs.get("opt/app")).toMatchObject({ kind: "directory", mode: 0o755, uid: 0 });
    expect(names(fs, "opt/app")).toEqual(["opt/app/bin"]);
    expect(names(fs, "")).toEqual(["opt"]);
  });

  it("keeps the attributes of a folder that a higher layer only puts something into", () => {
    const fs = stack({ "srv/": { mode: 0o2770, uid: 7 } }, { "srv/new": "x" });
    expect(fs.get("srv")).toMatchObject({ mode: 0o2770, uid: 7 });
  });

  it("follows no symbolic link in a path", () => {
    const fs = stack({ "usr/lib/": {}, "usr/lib/so": "x", lib: "-> usr/lib" });
    expect(fs.get("lib/so")).toBeUndefined();
    expect(fs.get("lib")?.kind).toBe("symlink");
    expect(fs.list("lib")).toEqual([]);
  });

  it("shows a hard link as the file that it shares", () => {
    const fs = stack({ a: { text: "shared", mode: 0o4755 }, b: "=> a" });
    expect(fs.get("b")).toMatchObject({ kind: "file", path: "b", mode: 0o4755 });
    expect(text(fs.get("b"))).toBe("shared");
    expect(fs.list("").map((entry) => entry.kind)).toEqual(["file", "file"]);
  });

  it("keeps a hard link's content when a higher layer replaces the file that it was made to", () => {
    const fs = stack({ a: "old", b: "=> a" }, { a: "new" });
    expect(text(fs.get("a"))).toBe("new");
    expect(text(fs.get("b"))).toBe("old");
  });

  it("finds hard links to files of lower layers, through links to links and symbolic folders", () => {
    const fs = stack({ "usr/lib/a": "deep", lib: "-> usr/lib" }, { b: "=> lib/a" }, { c: "=> b" });
    expect(text(fs.get("c"))).toBe("deep");
    const groups = ["usr/lib/a", "b", "c"].map((path) => fs.linkGroup(path));
    expect(new Set(groups).size).toBe(1);
    expect(groups[0]).toBeDefined();
  });

  it("shows a hard link to a symbolic link, a device or a pipe as another of its kind", () => {
    const fs = stack({ l: "-> a", p: { fifo: true } }, { a: "1", m: "=> l", n: "=> m", q: "=> p" });
    expect(fs.get("n")).toMatchObject({ kind: "symlink", path: "n", target: "a" });
    expect(fs.get("q")?.kind).toBe("fifo");
    expect(["l", "m", "q"].map((path) => fs.linkGroup(path))).toEqual([undefined, undefined, undefined]);
  });

  it("gives files with one name no link group", () => {
    const fs = stack({ a: "1", b: "=> a", c: "1" });
    const entry = fs.get("c");
    expect(entry && linkGroup(fs, entry)).toBeUndefined();
  });

  it("shows a hard link that leads nowhere, or in a circle, as it is", () => {
    const fs = stack({ a: "=> gone", b: "=> c", c: "=> b" });
    expect(fs.get("a")).toMatchObject({ kind: "hardlink", target: "gone" });
    expect(fs.get("b")?.kind).toBe("hardlink");
  });

  it("keeps two spellings of a name and names that are no UTF-8 apart", () => {
    const fs = stack({
      "\u00e9": "nfc",
      "e\u0301": "nfd",
      "\udcff": "byte",
      "\u{1f600}": "astral",
      "\uffee": "bmp",
    });
    expect(text(fs.get("\u00e9"))).toBe("nfc");
    expect(text(fs.get("e\u0301"))).toBe("nfd");
    // The order is that of the bytes: 65 cc, c3 a9, ef bf, f0 9f, ff.
    expect(names(fs, "")).toEqual(["e\u0301", "\u00e9", "\uffee", "\u{1f600}", "\udcff"]);
  });

  it("agrees with a plain map that the layers are applied to one after the other", () => {
    const name = fc.constantFrom("a", "b", "c");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const change = fc.tuple(path, fc.constantFrom("file", "folder", "remove", "opaque"), fc.nat(9));
    const layer = fc.uniqueArray(change, { selector: ([path]) => path, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 4 }), (layers) => {
        const model = new Map<string, string>();
        let fs = RootFs.empty;
        for (const changes of layers) {
          const table = createTable(changes.flatMap(([path, kind, tag]) => literal(path, kind, tag)));
          applyToModel(model, table);
          fs = fs.withLayer(table);
        }
        const flat = [...flatten(fs)].map((change) => describeChange(change));
        expect(flat).toEqual([...model].map(([path, what]) => `${path} ${what}`).sort(byTreeOrder));
        for (const [path, what] of model)
          expect(`${path} ${describeEntry(fs.get(path))}`).toBe(`${path} ${what}`);
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});

function literal(path: string, kind: string, tag: number): Change[] {
  if (kind === "remove") return [{ kind: "remove", path }];
  const table = layerOf(kind === "file" ? { [path]: String(tag) } : { [`${path}/`]: { mode: tag } });
  const puts = [...table.changes()];
  return kind === "opaque" ? [...puts, { kind: "clear", path }] : puts;
}

/** What an unpacker does with a layer: first all whiteouts, then the entries in order. */
function applyToModel(model: Map<string, string>, table: EntryTable): void {
  const drop = (path: string, itself: boolean): void => {
    for (const at of [...model.keys()])
      if ((itself && at === path) || at.startsWith(`${path}/`)) model.delete(at);
  };
  for (const change of table.changes()) {
    if (change.kind === "remove") drop(change.path, true);
    if (change.kind === "clear") drop(change.path, false);
  }
  for (const change of table.changes()) {
    const path = change.kind === "put" ? change.entry.path : change.path;
    // Unpackers make the folder of a whiteout too.
    for (let up = parentPath(path); up !== ""; up = parentPath(up)) {
      if (model.get(up)?.startsWith("directory") !== true) model.set(up, "directory 493");
    }
    if (change.kind === "remove") continue;
    if (change.kind === "clear") {
      if (model.get(path)?.startsWith("directory") !== true) model.set(path, "directory 493");
      continue;
    }
    if (change.entry.kind !== "directory") drop(path, true);
    model.set(path, describeEntry(change.entry));
  }
}

function describeEntry(entry: Entry | undefined): string {
  if (entry === undefined) return "nothing";
  return entry.kind === "directory" ? `directory ${entry.mode}` : `${entry.kind} ${text(entry)}`;
}

function describeChange(change: Change): string {
  return change.kind === "put" ? `${change.entry.path} ${describeEntry(change.entry)}` : change.kind;
}

function byTreeOrder(a: string, b: string): number {
  const [left = "", right = ""] = [a, b].map((line) => line.split(" ")[0]?.replaceAll("/", "\u0001"));
  return left < right ? -1 : 1;
}
