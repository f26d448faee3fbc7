// The source side of COPY, case by case: the numbers are those of the project's list of COPY and ADD semantics.
import type { LayerLiteral } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { copyInputDigest } from "./copy-input-digest.ts";
import { CopyError } from "./copy-error.ts";
import { copied, copy, rootOf } from "./layer-text.ts";
import { selectedFiles, selectSources } from "./select-sources.ts";
import type { SourceTree } from "./source-tree.ts";

const scratch = rootOf();

function errorOf(action: () => unknown): CopyError {
  try {
    action();
  } catch (error) {
    if (error instanceof CopyError) return error;
    throw error;
  }
  throw new Error("No error");
}

describe("sources of COPY", () => {
  it("1: are rooted in the source, whatever dots and slashes they are written with", () => {
    const context = rootOf({ "x/": {}, "x/f": "1" });
    for (const source of ["x/f", "/x/f", "../x/f", "../../x/./f", "/../x//f/", "x/y/../f"]) {
      expect(copied(context, scratch, [source], "/d")).toEqual(['d "1"']);
    }
  });

  it("2: give a folder's contents, and a wildcard that matches folders the contents of all", () => {
    const context = rootOf({ "a1/": { mtimeSec: 5 }, "a1/f": "1", "a2/": { mtimeSec: 6 }, "a2/g": "2" });
    expect(copied(context, scratch, ["a1"], "/d")).toEqual(["d/ @5", 'd/f "1"']);
    expect(copied(context, scratch, ["a*"], "/d/")).toEqual(["d/ @6", 'd/f "1"', 'd/g "2"']);
  });

  it("3: `COPY . /` takes everything that the context has", () => {
    const context = rootOf({ ".dockerignore": "x", Dockerfile: "FROM", "s/f": "1" });
    expect(copied(context, scratch, ["."], "/")).toEqual([
      '.dockerignore "x"',
      'Dockerfile "FROM"',
      "s/",
      's/f "1"',
    ]);
  });

  it("4: have wildcards of Go's filepath.Match, which match leading dots and never a slash", () => {
    const context = rootOf({ ".hid": "h", ab: "1", "a.b": "2", "s/ab": "3", "s/t/ab": "4", "a[b": "5" });
    const found = (pattern: string) =>
      selectSources(select(context, pattern)).roots.map((root) => root.entry.path);
    expect(found("*")).toContain(".hid");
    expect(found("?b")).toEqual(["ab"]);
    expect(found("a[.]b")).toEqual(["a.b"]);
    expect(found("a[^.]b")).toEqual(["a[b"]);
    expect(found("a[[]b")).toEqual(["a[b"]);
    expect(found("a\\?b*")).toEqual([]);
    expect(found("*/ab")).toEqual(["s/ab"]);
    expect(found("s/*/ab")).toEqual(["s/t/ab"]);
    expect(found("**/ab")).toEqual(["s/ab"]);
  });

  it("4: do not look into folders that a wildcard has matched", () => {
    const context = rootOf({ "d/": {}, "d/d": "inner" });
    expect(copied(context, scratch, ["d*"], "/t/")).toEqual(["t/", 't/d "inner"']);
  });

  it("4: match nothing with a broken pattern", () => {
    expect(copied(rootOf({ "[": "x" }), scratch, ["[*"], "/d/")).toEqual([]);
  });

  it("5: are an error when they are missing, which suggests a name that differs little", () => {
    const context = rootOf({ "Src/": {}, "Src/main.ts": "1" });
    const message = (source: string) => errorOf(() => copy(context, scratch, [source], "/d")).message;
    expect(message("src/main.ts")).toMatch(/not found; did you mean "\/Src"\?$/);
    expect(message("Src/mian.ts")).toMatch(/not found; did you mean "\/Src\/main\.ts"\?$/);
  });

  it("5: are an error when they are missing, which names the nearest path that exists", () => {
    const error = errorOf(() => copy(rootOf({ "src/app/f": "x" }), scratch, ["src/ap/f"], "/d"));
    expect(error).toMatchObject({
      code: "COPY_SOURCE_MISSING",
      facts: { path: "/src/ap/f", nearest: "/src" },
    });
    expect(error.message).toBe(
      'Cannot copy "src/ap/f": "/src/ap/f" not found; the nearest path that exists is "/src"',
    );
    expect(errorOf(() => copy(rootOf({ f: "x" }), scratch, ["f/g"], "/d")).facts).toEqual({
      path: "/f/g",
      nearest: "/f",
    });
  });

  it("5: are an error that names the ignore pattern when one hides them", () => {
    const context: SourceTree = {
      get: (path) => rootOf({}).get(path),
      list: () => [],
      ignoredBy: (path) => (path === "log/x" ? "log" : undefined),
    };
    const error = errorOf(() => copy(context, scratch, ["log/x"], "/d"));
    expect(error).toMatchObject({ code: "COPY_SOURCE_MISSING", facts: { path: "/log/x", pattern: "log" } });
  });

  it("5: may be a wildcard that matches nothing, also alone, and then not even the destination is made", () => {
    expect(copied(rootOf({ f: "x" }), scratch, ["*.none"], "/d/")).toEqual([]);
    expect(copied(rootOf({ f: "x" }), scratch, ["*.none", "f"], "/d/")).toEqual(["d/ @1000", 'd/f "x"']);
    expect(errorOf(() => copy(rootOf({ f: "x" }), scratch, ["gone/*"], "/d/")).code).toBe(
      "COPY_SOURCE_MISSING",
    );
  });

  it("6: need a folder to go to when there is more than one", () => {
    const context = rootOf({ a: "1", b: "2" });
    expect(copied(context, scratch, ["a", "b"], "/d/")).toEqual(["d/ @1000", 'd/a "1"', 'd/b "2"']);
    expect(copied(context, rootOf({ "d/": {} }), ["?"], "/d")).toEqual(["d/", 'd/a "1"', 'd/b "2"']);
    expect(errorOf(() => copy(context, scratch, ["a", "b"], "/d")).code).toBe("COPY_DESTINATION_INVALID");
    expect(errorOf(() => copy(context, scratch, ["?"], "/d")).code).toBe("COPY_DESTINATION_INVALID");
    expect(copied(context, scratch, ["a*"], "/d")).toEqual(['d "1"']);
  });

  it("7: are followed when a link is named or matched, and keep the link's name", () => {
    const context = rootOf({ "real/f": "1", link: "-> real/f", "dir-link": "-> /real" });
    expect(copied(context, scratch, ["link"], "/d/")).toEqual(["d/ @1000", 'd/link "1"']);
    expect(copied(context, scratch, ["lin*"], "/d/")).toEqual(["d/ @1000", 'd/link "1"']);
    expect(copied(context, scratch, ["dir-link"], "/d/")).toEqual(["d/", 'd/f "1"']);
    expect(copied(context, scratch, ["dir-link/f"], "/d/")).toEqual(["d/ @1000", 'd/f "1"']);
  });

  it("7: copy links that are met on the way as they are", () => {
    const context = rootOf({
      "s/": {},
      "s/abs": "-> /etc/passwd",
      "s/out": "-> ../../../x",
      "s/gone": "-> gone",
    });
    expect(copied(context, scratch, ["s"], "/d")).toEqual([
      "d/",
      "d/abs -> /etc/passwd",
      "d/gone -> gone",
      "d/out -> ../../../x",
    ]);
  });

  it("7: never lead out of the source (buildah GHSA-49p4-px3h-rq49)", () => {
    const context = rootOf({ src: "-> /", up: "-> ../../../etc", "etc/own": "mine" });
    expect(errorOf(() => copy(context, scratch, ["src/etc/hostname"], "/x")).code).toBe(
      "COPY_SOURCE_MISSING",
    );
    expect(copied(context, scratch, ["up/own"], "/x")).toEqual(['x "mine"']);
    expect(errorOf(() => copy(rootOf({ a: "-> a" }), scratch, ["a"], "/x")).code).toBe("COPY_SOURCE_INVALID");
    expect(errorOf(() => copy(rootOf({ a: "-> gone" }), scratch, ["a"], "/x")).message).toContain(
      'where "/a" leads',
    );
  });

  it("8: keep hard links within one copied folder, and not between two sources", () => {
    const context = rootOf({ "s/": {}, "s/a": "1", "s/b": "=> s/a", "t/": {}, "t/c": "=> s/a" });
    expect(copied(context, scratch, ["s"], "/d")).toEqual(["d/", 'd/a "1"', "d/b => d/a"]);
    expect(copied(context, scratch, ["s", "t"], "/d")).toEqual(["d/", 'd/a "1"', "d/b => d/a", 'd/c "1"']);
    expect(copied(context, scratch, ["s/b"], "/d")).toEqual(['d "1"']);
  });

  it("8: keep extended attributes, devices and pipes", () => {
    const xattrs = new Map([["security.capability", Buffer.from("cap")]]);
    const stage = rootOf({
      "s/": {},
      "s/ping": { text: "p", xattrs },
      "s/null": { device: ["char", 1, 3] },
      "s/p": { fifo: true },
    });
    expect(copied(stage, scratch, ["s"], "/d", { isContext: false })).toEqual([
      "d/",
      "d/null char 1,3",
      "d/p fifo",
      'd/ping "p" security.capability=cap',
    ]);
  });

  it("9: are root's when they come from the context, and keep owner, mode and time when from a stage", () => {
    const source = rootOf({
      "s/": {},
      "s/f": { text: "1", uid: 7, gid: 8, mode: 0o6751, mtimeSec: 99, mtimeNsec: 5 },
    });
    expect(copied(source, scratch, ["s/f"], "/d")).toEqual(['d "1" 6751 @99']);
    expect(copied(source, scratch, ["s/f"], "/d", { isContext: false })).toEqual(['d "1" 6751 7:8 @99']);
  });

  it("16: keep their time in whole seconds, rounded down, also before 1970", () => {
    const source = rootOf({ f: { mtimeSec: -3, mtimeNsec: 999_999_999 } });
    expect(copied(source, scratch, ["f"], "/d")).toEqual(['d "" @-3']);
  });

  it("have here-documents among them: files of mode 0644", () => {
    const heredocs = [
      { name: "run.sh", bytes: Buffer.from("#!") },
      { name: "b", bytes: Buffer.from("2") },
    ];
    expect(copied(scratch, scratch, [], "/d/", { heredocs })).toEqual([
      "d/ @1000",
      'd/b "2" @1000',
      'd/run.sh "#!" @1000',
    ]);
    const [heredoc] = heredocs;
    expect(copied(scratch, scratch, [], "/d", { heredocs: heredoc ? [heredoc] : [] })).toEqual([
      'd "#!" @1000',
    ]);
  });
});

describe("--exclude", () => {
  const context = rootOf({
    "s/": {},
    "s/a.txt": "1",
    "s/b.md": "2",
    "s/t/": { mode: 0o700 },
    "s/t/c.txt": "3",
    "s/t/k.md": "4",
  });

  it("leaves out what its patterns match, relative to what is copied", () => {
    expect(copied(context, scratch, ["s"], "/d", { excludes: ["*.txt"] })).toEqual([
      "d/",
      'd/b.md "2"',
      "d/t/ 0700",
      'd/t/c.txt "3"',
      'd/t/k.md "4"',
    ]);
    expect(copied(context, scratch, ["s"], "/d", { excludes: ["**/*.txt", "t/k*"] })).toEqual([
      "d/",
      'd/b.md "2"',
      "d/t/ 0700",
    ]);
    expect(copied(context, scratch, ["."], "/d", { excludes: ["s/t"] })).toEqual([
      "d/",
      "d/s/",
      'd/s/a.txt "1"',
      'd/s/b.md "2"',
    ]);
  });

  it("has exceptions, also below a folder that it leaves out", () => {
    expect(copied(context, scratch, ["s"], "/d", { excludes: ["*", "!t/c.txt"] })).toEqual([
      "d/",
      "d/t/ 0700",
      'd/t/c.txt "3"',
    ]);
  });

  it("applies to files that a wildcard matches and not to a file that is named", () => {
    expect(copied(context, scratch, ["s/*.*"], "/d/", { excludes: ["*.txt"] })).toEqual([
      "d/ @1000",
      'd/b.md "2"',
    ]);
    expect(copied(context, scratch, ["s/a.txt"], "/d/", { excludes: ["*.txt"] })).toEqual([
      "d/ @1000",
      'd/a.txt "1"',
    ]);
  });
});

describe("--parents", () => {
  const context = rootOf({
    "a/": { mode: 0o700 },
    "a/b/": {},
    "a/b/c": "1",
    "a/b/d": "2",
    "a/x/c": "3",
    link: "-> a",
  });

  it("keeps the folders above a source, with their attributes", () => {
    expect(copied(context, scratch, ["a/b/c"], "/d/", { parents: true })).toEqual([
      "d/",
      "d/a/ 0700",
      "d/a/b/",
      'd/a/b/c "1"',
    ]);
    expect(copied(context, scratch, ["./a/b"], "/d", { parents: true })).toEqual([
      "d/",
      "d/a/ 0700",
      "d/a/b/",
      'd/a/b/c "1"',
      'd/a/b/d "2"',
    ]);
  });

  it("keeps only those after `/./`", () => {
    expect(copied(context, scratch, ["a/./b/c"], "/d/", { parents: true })).toEqual([
      "d/",
      "d/b/",
      'd/b/c "1"',
    ]);
    expect(copied(context, scratch, ["a/./"], "/d/", { parents: true })).toHaveLength(6);
  });

  it("knows `**`, and makes only folders that something was found in", () => {
    expect(copied(context, scratch, ["**/d"], "/d/", { parents: true })).toEqual([
      "d/",
      "d/a/ 0700",
      "d/a/b/",
      'd/a/b/d "2"',
    ]);
    expect(copied(context, scratch, ["a/*/c"], "/d/", { parents: true })).toHaveLength(6);
    expect(copied(context, scratch, ["**/none"], "/d/", { parents: true })).toEqual(["d/"]);
  });

  it("is an error when a path without wildcards is missing, or behind a link that it would not follow", () => {
    expect(errorOf(() => copy(context, scratch, ["a/none"], "/d/", { parents: true })).code).toBe(
      "COPY_SOURCE_MISSING",
    );
    expect(errorOf(() => copy(context, scratch, ["link/b/c"], "/d/", { parents: true })).code).toBe(
      "COPY_SOURCE_INVALID",
    );
  });
});

describe("the input of a COPY's cache key", () => {
  const base = { "s/": {}, "s/a": { text: "1", mtimeSec: 1 }, "s/b": "-> a" };
  const keyOf = (layer: LayerLiteral, pattern = "s") =>
    copyInputDigest(selectSources(select(rootOf(layer), pattern)));

  it("17: has no times in it", () => {
    expect(keyOf({ ...base, "s/a": { text: "1", mtimeSec: 2 } })).toBe(keyOf(base));
    expect(keyOf({ ...base, "s/": { mtimeSec: 9 } })).toBe(keyOf(base));
  });

  it("17: changes with content, mode, link target, attributes and names", () => {
    const keys = [
      keyOf(base),
      keyOf({ ...base, "s/a": "2" }),
      keyOf({ ...base, "s/a": { text: "1", mode: 0o755 } }),
      keyOf({ ...base, "s/b": "-> c" }),
      keyOf({ ...base, "s/b": "=> s/a" }),
      keyOf({ ...base, "s/b": "1" }),
      keyOf({ ...base, "s/a": { text: "1", xattrs: new Map([["user.x", Buffer.from("y")]]) } }),
      keyOf({ "s/": {}, "s/c": "1", "s/b": "-> a" }),
      keyOf({ ...base, "s/d/": {} }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("17: changes when a file that a wildcard matched is renamed (testWildcardRenameCache)", () => {
    expect(keyOf({ "a.txt": "1" }, "*.txt")).not.toBe(keyOf({ "b.txt": "1" }, "*.txt"));
  });

  it("17: leaves out owners in the context, and has them from a stage", () => {
    const owned = rootOf({ f: { text: "1", uid: 5 } });
    const plain = rootOf({ f: "1" });
    const key = (source: SourceTree, isContext: boolean) =>
      copyInputDigest(selectSources({ source, patterns: ["f"], isContext, createdMtimeSec: 0 }));
    expect(key(owned, true)).toBe(key(plain, true));
    expect(key(owned, false)).not.toBe(key(plain, false));
  });

  it("17: refuses to be made without the digest of a file", () => {
    const onDisk = rootOf({ f: { size: 3, content: { kind: "disk", path: "/ctx/f" } } });
    const selection = selectSources(select(onDisk, "f"));
    expect(selectedFiles(selection)).toEqual(["f"]);
    expect(() => copyInputDigest(selection)).toThrow(TypeError);
    const digest = copyInputDigest(selectSources(select(rootOf({ f: "abc" }), "f")));
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/u);
  });
});

function select(source: SourceTree, pattern: string) {
  return { source, patterns: [pattern], isContext: true, createdMtimeSec: 0 };
}
