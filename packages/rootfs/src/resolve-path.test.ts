import { describe, expect, it } from "vitest";
import { layerOf, type LayerLiteral } from "./layer-of.ts";
import { RootFs } from "./root-fs.ts";
import { RootFsError } from "./rootfs-error.ts";

function rootOf(layer: LayerLiteral): RootFs {
  return RootFs.empty.withLayer(layerOf(layer));
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RootFsError) return error.code;
    throw error;
  }
  return undefined;
}

describe("resolve", () => {
  it("follows relative and absolute links inside the root", () => {
    const fs = rootOf({
      "usr/lib/so": "x",
      lib: "-> usr/lib",
      abs: "-> /usr/lib/so",
      "opt/back": "-> ../lib/so",
    });
    expect(fs.resolve("/lib/so")).toMatchObject({ path: "usr/lib/so", missing: [], entry: { kind: "file" } });
    expect(fs.resolve("abs").path).toBe("usr/lib/so");
    expect(fs.resolve("opt/back").path).toBe("usr/lib/so");
  });

  it("does not follow the last link when told not to", () => {
    const fs = rootOf({ "usr/lib/so": "x", lib: "-> usr/lib" });
    expect(fs.resolve("lib", { followLast: false })).toMatchObject({
      path: "lib",
      entry: { kind: "symlink" },
    });
    expect(fs.resolve("lib/so", { followLast: false }).path).toBe("usr/lib/so");
    expect(fs.resolve("lib/.", { followLast: false }).path).toBe("lib");
  });

  it("stops at the root, however many dots a path or a link has", () => {
    const fs = rootOf({
      "etc/passwd": "root",
      up: "-> ../../../../etc",
      "a/b/up": "-> ../../../../../etc/passwd",
    });
    expect(fs.resolve("../../etc/passwd").path).toBe("etc/passwd");
    expect(fs.resolve("up/passwd").path).toBe("etc/passwd");
    expect(fs.resolve("a/b/up").path).toBe("etc/passwd");
  });

  it("takes `..` from where a link led, not from where it is", () => {
    const fs = rootOf({ "x/y/": {}, "x/f": "x", l: "-> x/y" });
    expect(fs.resolve("l/../f").path).toBe("x/f");
  });

  it("names the components that don't exist, also behind a dangling link", () => {
    const fs = rootOf({ "a/": {}, dangling: "-> /a/gone/deep" });
    expect(fs.resolve("a/b/c")).toEqual({ path: "a/b/c", missing: ["b", "c"] });
    expect(fs.resolve("dangling/x")).toEqual({ path: "a/gone/deep/x", missing: ["gone", "deep", "x"] });
    expect(fs.resolve("a/b/../c")).toEqual({ path: "a/c", missing: ["c"] });
    expect(fs.resolve("a/b/..")).toMatchObject({ path: "a", missing: [], entry: { kind: "directory" } });
  });

  it("starts a relative path at the base, an absolute one at the root", () => {
    const fs = rootOf({ "srv/www/index": "x", index: "y" });
    expect(fs.resolve("index", { base: "/srv/www" }).path).toBe("srv/www/index");
    expect(fs.resolve("/index", { base: "/srv/www" }).path).toBe("index");
  });

  it("ends with an error on loops of links", () => {
    const fs = rootOf({ a: "-> b", b: "-> a", self: "-> self/x" });
    expect(codeOf(() => fs.resolve("a"))).toBe("LINK_LOOP");
    expect(codeOf(() => fs.resolve("self/y"))).toBe("LINK_LOOP");
  });

  it("follows forty links and more, as long as they end", () => {
    const links = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, `-> l${i + 1}`]));
    expect(rootOf({ ...links, l60: "end" }).resolve("l0").path).toBe("l60");
  });

  it("does not go on below a file", () => {
    const fs = rootOf({ file: "x" });
    expect(codeOf(() => fs.resolve("file/x"))).toBe("NOT_A_DIRECTORY");
    expect(fs.resolve("file/").path).toBe("file");
  });
});
