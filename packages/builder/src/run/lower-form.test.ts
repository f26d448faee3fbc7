import { digestOf } from "@tsbuild/oci";
import { layerOf, RootFs, type LayerLiteral } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { hidesAllBelow, lowerForm, type LowerForm } from "./lower-form.ts";

const own = digestOf("own");
const other = digestOf("other");

function formOf(below: LayerLiteral, layer: LayerLiteral): LowerForm {
  return lowerForm(RootFs.empty.withLayer(layerOf(below)), layerOf(layer), own);
}

/** `path kind mode` of every row. */
function rowsOf({ changes }: LowerForm): string[] {
  return [...changes.changes()].map((change) =>
    change.kind === "put"
      ? `${change.entry.path} ${change.entry.kind} ${change.entry.mode.toString(8)}`
      : `${change.path} ${change.kind}`,
  );
}

describe("a layer as a folder", () => {
  it("stays as it is when it names every folder and links inside", () => {
    const layer = layerOf({ "a/": {}, "a/b": "x", "a/c": "=> a/b" });
    const form = lowerForm(RootFs.empty, layer, own);
    expect(form).toEqual({ changes: layer, standsAlone: true, borrowed: [] });
    expect(form.changes).toBe(layer);
  });

  it("gets the folders that it leaves out from below", () => {
    const form = formOf({ "a/": { mode: 0o700, uid: 5 }, "a/b/": { mode: 0o711 } }, { "a/b/c": "x" });
    expect(rowsOf(form)).toEqual(["a directory 700", "a/b directory 711", "a/b/c file 644"]);
    expect(form.standsAlone).toBe(false);
  });

  it("gets plain folders where nothing is below", () => {
    expect(rowsOf(formOf({}, { "a/b/c": "x" }))).toEqual([
      "a directory 755",
      "a/b directory 755",
      "a/b/c file 644",
    ]);
  });

  it("gets folders for whiteouts too", () => {
    expect(rowsOf(formOf({ "a/": { mode: 0o700 }, "a/x": "1" }, { "a/x": "whiteout" }))).toEqual([
      "a directory 700",
      "a/x remove",
    ]);
  });

  it("takes a copy of a file of a layer below that it links to, under both names", () => {
    const content = { kind: "slice", layer: other, offset: 512 } as const;
    const form = formOf(
      { "a/": { mode: 0o711 }, "a/f": { content, size: 3 } },
      { "b/": {}, "b/l": "=> a/f" },
    );
    expect(rowsOf(form)).toEqual(["a directory 711", "a/f file 644", "b directory 755", "b/l hardlink 644"]);
    expect(form.borrowed).toEqual([other]);
  });

  it("finds the target of a link through a symbolic link below", () => {
    const form = formOf(
      { "usr/": {}, "usr/lib/": {}, lib: "-> usr/lib", "usr/lib/f": "x" },
      { l: "=> usr/lib/f" },
    );
    expect(rowsOf(form)).toContain("usr/lib/f file 644");
  });

  it("loses whiteouts of what is in no folder below", () => {
    const form = formOf(
      { "a/": {} },
      { "a/": {}, "a/x": "whiteout", "b/": {}, "b/y": "whiteout", z: "whiteout" },
    );
    expect(rowsOf(form)).toEqual(["a directory 755", "a/x remove", "b directory 755", "z remove"]);
    expect(form.standsAlone).toBe(false);
    const lowest = lowerForm(RootFs.empty, layerOf({ z: "whiteout" }), own);
    expect(rowsOf(lowest)).toEqual([]);
  });

  it("is impossible when it links to nothing", () => {
    expect(() => formOf({}, { l: "=> a/f" })).toThrow(
      'the hard link "/l" leads to "/a/f", which is not there',
    );
  });
});

describe("a layer that clears its root", () => {
  it("hides all that is below", () => {
    expect(hidesAllBelow(layerOf({ "": "opaque", a: "x" }))).toBe(true);
    expect(hidesAllBelow(layerOf({ "a/": "opaque" }))).toBe(false);
    expect(hidesAllBelow(layerOf({ "": {}, a: "x" }))).toBe(false);
    expect(hidesAllBelow(layerOf({}))).toBe(false);
  });
});
