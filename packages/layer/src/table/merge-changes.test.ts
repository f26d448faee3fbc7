import { describe, expect, it } from "vitest";
import type { Change } from "../entry.ts";
import { createTable } from "./create-table.ts";

const plain = { mode: 0o644, uid: 7, gid: 7, mtimeSec: 9, mtimeNsec: 0 };
const file = (path: string, text = ""): Change => ({
  kind: "put",
  entry: {
    ...plain,
    kind: "file",
    path,
    size: text.length,
    content: { kind: "bytes", bytes: Buffer.from(text) },
  },
});
const folder = (path: string): Change => ({ kind: "put", entry: { ...plain, kind: "directory", path } });
const link = (path: string, target: string): Change => ({
  kind: "put",
  entry: { ...plain, kind: "symlink", path, target },
});
const remove = (path: string): Change => ({ kind: "remove", path });
const clear = (path: string): Change => ({ kind: "clear", path });

/** What the changes mean, in short; folders that nobody put are root's and called implied. */
function meaning(...changes: Change[]): string[] {
  const table = createTable(changes);
  return Array.from({ length: table.length }, (_, row) => {
    const change = table.at(row);
    const implied = change.kind === "put" && change.entry.uid === 0 ? "implied " : "";
    const size = table.sizeAt(row) > 0 ? ` ${table.sizeAt(row)}` : "";
    return `${implied}${table.kindAt(row)} ${table.pathAt(row)}${size}${table.isOpaque(row) ? " opaque" : ""}`;
  });
}

describe("several changes of one path", () => {
  it("are the last entry, whatever the types", () => {
    expect(meaning(file("a", "1"), file("a", "22"))).toEqual(["file a 2"]);
    expect(meaning(file("a"), link("a", "b"))).toEqual(["symlink a"]);
    expect(meaning(folder("a"), file("a"))).toEqual(["file a"]);
    expect(meaning(folder("a"), folder("a"))).toEqual(["directory a"]);
  });

  it("are an opaque folder when it came after something else", () => {
    expect(meaning(file("a"), folder("a"))).toEqual(["directory a opaque"]);
    expect(meaning(link("a", "b"), folder("a"))).toEqual(["directory a opaque"]);
  });

  it("replace what lower layers have when there is a whiteout too, in either order", () => {
    for (const order of [(changes: Change[]) => changes, (changes: Change[]) => changes.toReversed()]) {
      expect(meaning(...order([remove("a"), file("a", "1")]))).toEqual(["file a 1"]);
      expect(meaning(...order([remove("a"), folder("a")]))).toEqual(["directory a opaque"]);
      expect(meaning(...order([clear("a"), folder("a")]))).toEqual(["directory a opaque"]);
      expect(meaning(...order([clear("a"), remove("a")]))).toEqual(["remove a"]);
    }
    expect(meaning(remove("a"), remove("a"))).toEqual(["remove a"]);
    expect(meaning(clear("a"), clear("a"))).toEqual(["clear a opaque"]);
  });
});

describe("changes below others", () => {
  it("hide nothing of their own layer when they are whiteouts, in either order", () => {
    const expected = ["directory a opaque", "file a/b"];
    expect(meaning(folder("a"), clear("a"), file("a/b"))).toEqual(expected);
    expect(meaning(folder("a"), file("a/b"), clear("a"))).toEqual(expected);
    expect(meaning(file("a/b"), clear("a"))).toEqual(["clear a opaque", "file a/b"]);
    expect(meaning(clear(""), file("a"), remove("b"))).toEqual(["clear  opaque", "file a", "remove b"]);
  });

  it("make an opaque folder of a removed path (whiteout of the parent of later entries)", () => {
    const expected = ["implied directory a opaque", "file a/b/c"];
    expect(meaning(remove("a"), file("a/b/c"))).toEqual(expected);
    expect(meaning(file("a/b/c"), remove("a"))).toEqual(expected);
  });

  it("say nothing when they are whiteouts below a removed path or a file", () => {
    expect(meaning(remove("a"), remove("a/b"), clear("a/c"))).toEqual(["remove a"]);
    expect(meaning(file("a"), remove("a/b"))).toEqual(["file a"]);
    expect(meaning(remove("a"), remove("a/b"), file("a/c"))).toEqual([
      "implied directory a opaque",
      "file a/c",
    ]);
  });

  it("make a folder of a file when they come later, and go with it when they came before", () => {
    expect(meaning(file("a"), file("a/b"))).toEqual(["implied directory a opaque", "file a/b"]);
    expect(meaning(folder("a"), file("a/b"), folder("a/c"), file("a/c/d"), file("a"))).toEqual(["file a"]);
    expect(meaning(file("a/old"), file("a"), file("a/new"))).toEqual([
      "implied directory a opaque",
      "file a/new",
    ]);
    expect(meaning(file("a/old"), file("a"), folder("a"), file("a/new"))).toEqual([
      "directory a opaque",
      "file a/new",
    ]);
    expect(meaning(file("a/b/old"), file("a"), file("a/b/new"))).toEqual([
      "implied directory a opaque",
      "file a/b/new",
    ]);
  });

  it("don't mix up names that begin alike", () => {
    expect(meaning(file("a"), file("a-b"), file("ab"), file("a.b/c"))).toEqual([
      ...["file a", "file a-b", "file a.b/c", "file ab"],
    ]);
  });
});

describe("entries below a symbolic link of their layer", () => {
  it("are where the link leads, inside the root (CVE-2014-6407)", () => {
    expect(meaning(link("l", "/tmp/victim"), file("l/pwn"))).toEqual(["symlink l", "file tmp/victim/pwn"]);
    expect(meaning(link("l", "../../.."), file("l/pwn"))).toEqual(["symlink l", "file pwn"]);
    expect(
      meaning(folder("usr/lib"), link("lib", "usr/lib"), file("lib/x"), folder("lib/d"), file("lib/d/y")),
    ).toEqual([
      ...["symlink lib", "directory usr/lib", "directory usr/lib/d", "file usr/lib/d/y", "file usr/lib/x"],
    ]);
  });

  it("follow chains of links (CVE-2026-24842, CVE-2026-26960)", () => {
    const chain = [folder("a/b/c"), link("a/b/c/up", "../.."), link("a/b/escape", "c/up/../..")];
    expect(meaning(...chain, file("a/b/escape/pwn"))).toEqual([
      ...["symlink a/b/escape", "directory a/b/c", "symlink a/b/c/up", "file pwn"].toSorted(byPath),
    ]);
    const links = Array.from({ length: 40 }, (_, i) => link(`l${i}`, i === 39 ? "end" : `l${i + 1}`));
    expect(meaning(...links, file("l0/f"))).toContain("file end/f");
  });

  it("stay when a folder took the link's place before them", () => {
    expect(meaning(link("d", "/victim"), folder("d"), file("d/f"))).toEqual([
      "directory d opaque",
      "file d/f",
    ]);
  });

  it("go when the link took their folder's place (node-tar CVE-2021-32803)", () => {
    expect(meaning(folder("d"), file("d/f"), link("d", "/victim"))).toEqual(["symlink d"]);
    expect(meaning(folder("d"), link("d", "/victim"), file("d/pwn"))).toEqual([
      "symlink d",
      "file victim/pwn",
    ]);
  });

  it("don't confuse NFC and NFD (node-tar CVE-2021-37712)", () => {
    expect(meaning(link("caf\u00e9", "/victim"), file("cafe\u0301/f"))).toEqual([
      "file cafe\u0301/f",
      "symlink caf\u00e9",
    ]);
  });

  it("are refused when the links lead in circles", () => {
    const looped = [link("a", "b"), link("b", "a"), file("a/f")];
    expect(() => meaning(...looped)).toThrow(expect.objectContaining({ code: "TAR_CORRUPT" }));
    expect(() => meaning(link("a", "a/x"), file("a/f"))).toThrow(
      expect.objectContaining({ code: "TAR_CORRUPT" }),
    );
  });

  it("may replace a file where they land", () => {
    expect(meaning(file("d/f", "1"), link("l", "d"), file("l/f", "22"))).toEqual(["file d/f 2", "symlink l"]);
    expect(meaning(link("l", "d"), file("l/f", "22"), file("d/f", "1"))).toEqual(["file d/f 1", "symlink l"]);
  });

  it("may be links themselves", () => {
    expect(meaning(link("l", "d"), link("l/m", "../e"), file("l/m/f"))).toEqual([
      ...["symlink d/m", "file e/f", "symlink l"],
    ]);
  });
});

function byPath(a: string, b: string): number {
  const path = (line: string): string => line.slice(line.lastIndexOf(" ") + 1).replaceAll("/", "\0");
  return path(a) < path(b) ? -1 : 1;
}
