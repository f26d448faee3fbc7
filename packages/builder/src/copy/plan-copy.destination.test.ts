// The destination side of COPY, case by case: the numbers are those of the project's list of COPY and ADD semantics.
import { parseChmod } from "@tsbuild/dockerfile";
import { findOwner } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { CopyError } from "./copy-error.ts";
import { copied, copy, rootOf } from "./layer-text.ts";

const scratch = rootOf();
const context = rootOf({
  f: "1",
  "s/": { mode: 0o700, mtimeSec: 5 },
  "s/a": "a",
  "s/t/": { mode: 0o711, mtimeSec: 6 },
  "s/t/b": "b",
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CopyError) return error.code;
    throw error;
  }
  return undefined;
}

describe("destinations of COPY", () => {
  it("10: are below WORKDIR when relative, and are WORKDIR itself when empty or a dot", () => {
    const to = (destination: string) => copied(context, scratch, ["f"], destination, { workdir: "/w" });
    for (const destination of ["", ".", "./", "/w/"])
      expect(to(destination)).toEqual(["w/ @1000", 'w/f "1"']);
    expect(to("x")).toEqual(["w/ @1000", 'w/x "1"']);
    expect(to("x/")).toEqual(["w/ @1000", "w/x/ @1000", 'w/x/f "1"']);
    expect(to("x/.")).toEqual(["w/ @1000", "w/x/ @1000", 'w/x/f "1"']);
    expect(to("../x")).toEqual(['x "1"']);
    expect(to("../../../x")).toEqual(['x "1"']);
    expect(to("/")).toEqual(['f "1"']);
  });

  it("11: are the file, unless they end in a slash or are a folder", () => {
    expect(copied(context, scratch, ["f"], "/d")).toEqual(['d "1"']);
    expect(copied(context, rootOf({ "d/": {} }), ["f"], "/d")).toEqual(["d/", 'd/f "1"']);
    expect(copied(context, rootOf({ d: "old" }), ["f"], "/d")).toEqual(['d "1"']);
  });

  it("12: have missing parents made 0755 and root's, or the owner's and of the mode that were asked for", () => {
    expect(copied(context, scratch, ["f"], "/p/q/d")).toEqual(["p/ @1000", "p/q/ @1000", 'p/q/d "1"']);
    const owner = { uid: 3, gid: 4 };
    expect(copied(context, scratch, ["f"], "/p/d", { owner })).toEqual(["p/ 3:4 @1000", 'p/d "1" 3:4']);
    const octal = { chmod: parseChmod("0750") };
    expect(copied(context, scratch, ["f"], "/p/d", octal)).toEqual(["p/ 0750 @1000", 'p/d "1" 0750']);
    const symbolic = { chmod: parseChmod("a+rwX") };
    expect(copied(context, scratch, ["f"], "/p/d", symbolic)).toEqual(["p/ @1000", 'p/d "1" 0666']);
  });

  it("12: give --chmod to files and folders, and not to symbolic links", () => {
    const source = rootOf({ "s/": {}, "s/l": "-> f", "s/d/": {}, "s/d/f": { mode: 0o4755 } });
    expect(copied(source, scratch, ["s"], "/t", { chmod: parseChmod("0600") })).toEqual([
      "t/ 0600",
      "t/d/ 0600",
      't/d/f "" 0600',
      "t/l -> f",
    ]);
  });

  it("13: follow symbolic links inside the root, in the middle and at the end", () => {
    const target = rootOf({
      "real/": {},
      "real/in/": {},
      link: "-> /real",
      up: "-> ../../../real",
      file: "-> real/g",
    });
    expect(copied(context, target, ["f"], "/link/x")).toEqual(["real/", 'real/x "1"']);
    expect(copied(context, target, ["f"], "/link")).toEqual(["real/", 'real/f "1"']);
    expect(copied(context, target, ["f"], "/up/in/")).toEqual(["real/", "real/in/", 'real/in/f "1"']);
    expect(copied(context, target, ["f"], "/file")).toEqual(["real/", 'real/g "1"']);
    expect(copied(context, target, ["s/t"], "/link")).toEqual(["real/ @6", 'real/b "b"']);
  });

  it("13: replace a link that is not the destination itself with a file, and refuse it for a folder", () => {
    const target = rootOf({
      "d/": {},
      "d/f": "-> ../precious",
      precious: "p",
      "d/t": "-> ../elsewhere",
      "elsewhere/": {},
    });
    expect(copied(context, target, ["f"], "/d/")).toEqual(["d/", 'd/f "1"']);
    expect(codeOf(() => copy(context, target, ["s"], "/d"))).toBe("COPY_OVER_NON_DIRECTORY");
  });

  it("13: are an error when they go through a file or in circles", () => {
    expect(codeOf(() => copy(context, rootOf({ x: "file" }), ["f"], "/x/y"))).toBe(
      "COPY_DESTINATION_INVALID",
    );
    expect(codeOf(() => copy(context, rootOf({ x: "file" }), ["f"], "/x/"))).toBe("COPY_DESTINATION_INVALID");
    expect(codeOf(() => copy(context, rootOf({ x: "-> x" }), ["f"], "/x"))).toBe("COPY_DESTINATION_INVALID");
  });

  it("14: never let a file replace a folder or a folder a file, but let a file replace a file", () => {
    const target = rootOf({ "d/": {}, "d/f/": {}, x: "file", old: "1", alias: "=> old" });
    expect(codeOf(() => copy(context, target, ["f"], "/d/"))).toBe("COPY_OVER_DIRECTORY");
    expect(codeOf(() => copy(context, target, ["s"], "/x"))).toBe("COPY_OVER_NON_DIRECTORY");
    const { changes } = copy(context, target, ["s/a"], "/old");
    const after = target.withLayer(changes);
    expect(after.get("old")).toMatchObject({ content: { bytes: Uint8Array.from(Buffer.from("a")) } });
    expect(after.get("alias")).toMatchObject({ content: { bytes: Uint8Array.from(Buffer.from("1")) } });
  });

  it("15: keep an existing folder's mode and owner, but for its time, and give folders below those of the source", () => {
    const target = rootOf({
      "d/": { mode: 0o2775, uid: 9, mtimeSec: 1 },
      "d/t/": { mode: 0o700, uid: 9 },
      "d/t/old": "o",
    });
    expect(copied(context, target, ["s"], "/d")).toEqual([
      "d/ 2775 9:0 @5",
      'd/a "a"',
      "d/t/ 0711 @6",
      'd/t/b "b"',
    ]);
    expect(copied(context, scratch, ["s"], "/new")).toEqual([
      "new/ @5",
      'new/a "a"',
      "new/t/ 0711 @6",
      'new/t/b "b"',
    ]);
  });

  it("15: keep extended attributes of folders that are merged into", () => {
    const target = rootOf({ "d/": {}, "d/t/": { xattrs: new Map([["user.k", Buffer.from("v")]]) } });
    expect(copied(context, target, ["s"], "/d")).toContain("d/t/ 0711 @6 user.k=v");
  });
});

describe("layers that COPY makes", () => {
  it("26: replace a link without a whiteout, since an entry of another type hides what is below it", () => {
    const target = rootOf({ "d/": {}, "d/f": "-> x" });
    const after = target.withLayer(copy(context, target, ["f"], "/d/").changes);
    expect(after.get("d/f")?.kind).toBe("file");
  });

  it("27: have the existing parents of what they change, with their real attributes", () => {
    const target = rootOf({
      "usr/": { mode: 0o555, mtimeSec: 7, mtimeNsec: 8 },
      "usr/share/": { uid: 2 },
      "usr/share/x": "",
    });
    expect(copied(context, target, ["f"], "/usr/share/new/")).toEqual([
      "usr/ 0555 @7.8",
      "usr/share/ 2:0",
      "usr/share/new/ @1000",
      'usr/share/new/f "1"',
    ]);
  });

  it("28: have hard links with relative targets in the same layer", () => {
    const source = rootOf({ "s/x/": {}, "s/x/a": "1", "s/b": "=> s/x/a" });
    expect(copied(source, scratch, ["s"], "/opt/d")).toEqual([
      "opt/ @1000",
      "opt/d/",
      'opt/d/b "1"',
      "opt/d/x/",
      "opt/d/x/a => opt/d/b",
    ]);
  });

  it("36: are made on nothing with --link: no link is followed and nothing of the target is looked at", () => {
    const target = rootOf({ "real/": { mode: 0o700 }, link: "-> real", x: "file" });
    expect(copied(context, target, ["f"], "/link/f", { link: true })).toEqual(["link/ @1000", 'link/f "1"']);
    expect(copied(context, target, ["s"], "/real", { link: true })).toEqual([
      "real/ @5",
      'real/a "a"',
      "real/t/ 0711 @6",
      'real/t/b "b"',
    ]);
    const chmod = parseChmod("600");
    expect(copied(context, target, ["f"], "/link/f", { link: true, chmod })).toEqual([
      "real/ 0700",
      'real/f "1" 0600',
    ]);
  });

  it("36: can't look up names on nothing, and need not for numbers", () => {
    expect(() => findOwner("app", {})).toThrow(/no \/etc\/passwd/u);
    expect(copied(context, scratch, ["f"], "/f", { link: true, owner: findOwner("5:6", {}) })).toEqual([
      'f "1" 5:6',
    ]);
  });

  it("39: have what was written twice once, as it was last", () => {
    const twice = rootOf({
      "a/f": { text: "1", mtimeSec: 1 },
      "b/f": { text: "2", mtimeSec: 2 },
      "b/sub/": {},
      "a/sub/": { mode: 0o700 },
    });
    expect(copied(twice, scratch, ["a", "b"], "/d/")).toEqual(["d/", 'd/f "2" @2', "d/sub/"]);
  });

  it("39: keep the other names of a file when one of them is written over", () => {
    const source = rootOf({ "a/f1": "old", "a/f2": "=> a/f1", "a/f3": "=> a/f1", "b/f1": "new" });
    expect(copied(source, scratch, ["a", "b"], "/d/")).toEqual([
      "d/",
      'd/f1 "new"',
      'd/f2 "old"',
      "d/f3 => d/f2",
    ]);
  });

  it("40: write a file where a link was named, however often it is repeated, and never through a link in the image", () => {
    const stage = rootOf({ "c/target": "content", "c/linkS": "-> target" });
    const once = copy(stage, scratch, ["/c/linkS"], "/dest/linkS", { isContext: false }).changes;
    const after = scratch.withLayer(once);
    const again = copied(stage, after, ["/c/linkS"], "/dest/linkS", { isContext: false });
    expect(again).toEqual(["dest/ @1000", 'dest/linkS "content"']);
    const whole = rootOf({ "dest/": {}, "dest/linkS": "-> /outside", outside: "safe" });
    expect(copied(stage, whole, ["/c"], "/dest", { isContext: false })).toEqual([
      "dest/",
      "dest/linkS -> target",
      'dest/target "content"',
    ]);
  });

  it("41: keep names of all kinds byte for byte", () => {
    const odd = ["-rf", "a b", "new\nline", "\udcff\udc80", "e\u0301", "\u00e9", "x".repeat(255)];
    const source = rootOf(Object.fromEntries(odd.map((name) => [`s/${name}`, name])));
    const { changes } = copy(source, scratch, ["s"], "/d");
    const names = scratch
      .withLayer(changes)
      .list("d")
      .map((entry) => entry.path.slice(2));
    expect(names.sort()).toEqual([...odd].sort());
    const deep = Array.from({ length: 60 }, () => "long-name").join("/");
    expect(copied(rootOf({ [deep]: "1" }), scratch, [deep], "/f")).toEqual(['f "1"']);
  });

  it("42: go through symlinked folders of the base and never replace them (kaniko #1038)", () => {
    const base = rootOf({
      "usr/": {},
      "usr/lib/": { mode: 0o555 },
      lib: "-> usr/lib",
      etc: "-> /private/etc",
      "private/": {},
    });
    expect(copied(context, base, ["f"], "/lib/so")).toEqual(["usr/", "usr/lib/ 0555", 'usr/lib/so "1"']);
    expect(copied(context, base, ["s/t"], "/lib/")).toEqual(["usr/", "usr/lib/ 0555 @6", 'usr/lib/b "b"']);
    expect(copied(context, base, ["f"], "/etc/conf/")).toEqual([
      "private/",
      "private/etc/ @1000",
      "private/etc/conf/ @1000",
      'private/etc/conf/f "1"',
    ]);
  });

  it("42: copy setuid files, devices and hard links across layers out of a stage, and see through its opaque folders", () => {
    const stage = rootOf(
      {
        "r/": {},
        "r/su": { text: "s", mode: 0o4755 },
        "r/dev": { device: ["block", 8, 0] },
        "r/o/": {},
        "r/o/hidden": "h",
      },
      { "r/alias": "=> r/su", "r/o/": "opaque", "r/o/seen": "v", "r/dangling": "-> nowhere" },
    );
    expect(copied(stage, scratch, ["/r"], "/d", { isContext: false })).toEqual([
      "d/",
      'd/alias "s" 4755',
      "d/dangling -> nowhere",
      "d/dev block 8,0",
      "d/o/",
      'd/o/seen "v"',
      "d/su => d/alias 4755",
    ]);
  });
});
