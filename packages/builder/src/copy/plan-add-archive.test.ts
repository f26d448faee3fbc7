// ADD of archives: item 18 of the project's list of COPY and ADD semantics, and what went wrong elsewhere.
import type { Entry } from "@tsbuild/layer";
import { layerOf, type LayerLiteral, type RootFs } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { CopyError } from "./copy-error.ts";
import { createdMtimeSec, layerText, rootOf } from "./layer-text.ts";
import { planAddArchive, type AddArchiveRequest } from "./plan-add-archive.ts";

/** Entries in the order of the literal, as an archive has them. */
function archive(literal: LayerLiteral): Entry[] {
  return Object.entries(literal).flatMap(([path, value]) =>
    [...layerOf({ [path]: value }).changes()].flatMap((change) =>
      change.kind === "put" ? [change.entry] : [],
    ),
  );
}

function add(
  entries: Iterable<Entry>,
  target: RootFs,
  destination: string,
  options: Partial<AddArchiveRequest> = {},
) {
  const request = { entries, target, destination, workdir: "/", name: "a.tar", createdMtimeSec };
  return planAddArchive({ ...request, ...options });
}

function errorOf(action: () => unknown): CopyError {
  try {
    action();
  } catch (error) {
    if (error instanceof CopyError) return error;
    throw error;
  }
  throw new Error("No error");
}

/** An entry with a name that no table would take. */
function named(path: string, more: Partial<Entry> = {}): Entry {
  const [entry] = archive({ x: "1" });
  if (entry === undefined) throw new Error("No entry");
  return Object.assign(entry, { path }, more);
}

describe("ADD of an archive (18)", () => {
  it("unpacks into a folder, also when the destination has no slash", () => {
    const entries = archive({ "a/": { mode: 0o700 }, "a/f": "1" });
    expect(layerText(add(entries, rootOf(), "/d/e"))).toEqual([
      "d/ @1000",
      "d/e/ @1000",
      "d/e/a/ 0700",
      'd/e/a/f "1"',
    ]);
    expect(layerText(add(entries, rootOf({ "d/": { mode: 0o555 } }), "d"))).toEqual([
      "d/ 0555",
      "d/a/ 0700",
      'd/a/f "1"',
    ]);
  });

  it("keeps owner, mode and time, unless there is --chown", () => {
    const entries = archive({ f: { mode: 0o4711, uid: 5, gid: 6, mtimeSec: 7, mtimeNsec: 8 } });
    expect(layerText(add(entries, rootOf(), "/"))).toEqual(['f "" 4711 5:6 @7']);
    const owner = { uid: 1, gid: 2 };
    expect(layerText(add(entries, rootOf(), "/d", { owner }))).toEqual([
      "d/ 1:2 @1000",
      'd/f "" 4711 1:2 @7',
    ]);
  });

  it("makes folders that the archive does not name 0755", () => {
    expect(layerText(add(archive({ "x/y/f": "1" }), rootOf(), "/"))).toEqual([
      "x/ @1000",
      "x/y/ @1000",
      'x/y/f "1"',
    ]);
  });

  it("does not give the destination the attributes of the archive's root", () => {
    const entries = archive({ "": { mode: 0o700, uid: 9 }, f: "1" });
    expect(layerText(add(entries, rootOf({ "d/": { mode: 0o755 } }), "/d"))).toEqual(["d/", 'd/f "1"']);
  });

  it("goes through symbolic links inside the root, absolute ones too, those of the archive too", () => {
    const target = rootOf({ "usr/lib/": {}, lib: "-> /usr/lib" });
    expect(layerText(add(archive({ "lib/so": "1" }), target, "/"))).toEqual([
      "usr/",
      "usr/lib/",
      'usr/lib/so "1"',
    ]);
    const entries = archive({ l: "-> /../../victim", "l/pwn": "1" });
    expect(layerText(add(entries, rootOf(), "/d"))).toEqual([
      "d/ @1000",
      "d/l -> /../../victim",
      "victim/ @1000",
      'victim/pwn "1"',
    ]);
  });

  it("replaces whatever has an entry's name, and merges folders only", () => {
    const target = rootOf({ "d/": {}, "d/x/": {}, "d/x/old": "o", "d/y": "file", "d/l": "-> /outside" });
    const entries = archive({ x: "now a file", "y/": {}, "y/f": "1", l: "now a file" });
    const after = target.withLayer(add(entries, target, "/d"));
    expect(after.get("d/x")?.kind).toBe("file");
    expect(after.get("d/x/old")).toBeUndefined();
    expect(after.get("d/y/f")?.kind).toBe("file");
    expect(after.get("d/l")?.kind).toBe("file");
    expect(after.get("outside")).toBeUndefined();
  });

  it("leaves an empty folder where a folder became a file and a folder again", () => {
    const target = rootOf({ "x/": {}, "x/old": "o" });
    const entries = archive({ x: "file", "x/": { mode: 0o700 }, "x/new": "n" });
    const after = target.withLayer(add(entries, target, "/"));
    expect(after.list("x").map((entry) => entry.path)).toEqual(["x/new"]);
  });

  it("takes the last of several entries of one name", () => {
    expect(layerText(add([...archive({ f: "1" }), ...archive({ f: "2" })], rootOf(), "/"))).toEqual([
      'f "2"',
    ]);
  });

  it("keeps hard links, and brings a file of the image up when one leads to it", () => {
    const entries = archive({ "a/f": "1", g: "=> a/f" });
    expect(layerText(add(entries, rootOf(), "/d"))).toContain("d/g => d/a/f");
    const target = rootOf({ "d/": {}, "d/base": { text: "b", mode: 0o600 } });
    expect(layerText(add(archive({ g: "=> base" }), target, "/d"))).toEqual([
      "d/",
      'd/base "b" 0600',
      "d/g => d/base 0600",
    ]);
    const error = errorOf(() => add(archive({ g: "=> gone" }), target, "/d"));
    expect(error.code).toBe("ARCHIVE_LINK_INVALID");
  });

  it("refuses names that would be whiteouts, and says why", () => {
    for (const path of [".wh.f", "a/.wh..wh..opq", ".wh.dir/f"]) {
      const error = errorOf(() => add(archive({ [path]: "" }), rootOf(), "/"));
      expect(error).toMatchObject({ code: "ARCHIVE_WHITEOUT", facts: { archive: "a.tar", path } });
      expect(error.message).toContain("would delete files when the image is unpacked");
    }
  });

  it("refuses names and hard links that lead out of the archive (CVE-2026-28406, CVE-2026-23745)", () => {
    for (const path of ["../canary", "a/../../canary", "/canary", ".."]) {
      expect(errorOf(() => add([named(path)], rootOf(), "/d")).code).toBe("ARCHIVE_PATH_ESCAPES");
    }
    const [link] = archive({ h: "=> x" });
    if (link?.kind !== "hardlink") throw new Error("No link");
    for (const target of ["../../x", "/etc/hostname"]) {
      expect(errorOf(() => add([{ ...link, target }], rootOf(), "/d")).code).toBe("ARCHIVE_PATH_ESCAPES");
    }
  });

  it("keeps a chain of links that tries to leave inside (CVE-2026-24842, CVE-2026-26960)", () => {
    const entries = archive({
      "a/b/c/up": "-> ../..",
      "a/b/escape": "-> c/up/../..",
      exfil: "=> a/b/escape/secret",
    });
    expect(errorOf(() => add(entries, rootOf(), "/")).code).toBe("ARCHIVE_LINK_INVALID");
  });

  it("does not go through a folder that became a link in between, in any spelling (CVE-2021-32803)", () => {
    const entries = archive({ "d/": {}, d: "-> /victim", "d/pwn": "1" });
    const after = rootOf({ "victim/": {}, "victim/v": "v" });
    expect(layerText(add(entries, after, "/"))).toEqual(["d -> /victim", "victim/", 'victim/pwn "1"']);
  });

  it("stays inside when the destination or a folder is a loop or a file", () => {
    expect(errorOf(() => add(archive({ f: "" }), rootOf({ d: "file" }), "/d")).code).toBe(
      "COPY_DESTINATION_INVALID",
    );
    expect(errorOf(() => add(archive({ l: "-> l", "l/f": "" }), rootOf(), "/")).code).toBe(
      "COPY_DESTINATION_INVALID",
    );
    expect(errorOf(() => add(archive({ f: "", "f/g": "" }), rootOf(), "/")).code).toBe(
      "COPY_DESTINATION_INVALID",
    );
  });
});
