import { describe, expect, it } from "vitest";
import { isWhiteoutPath, opaquePath, parseWhiteout, whiteoutPath } from "./whiteout.ts";

describe("whiteouts", () => {
  it("are written beside what they remove", () => {
    expect(whiteoutPath("a")).toBe(".wh.a");
    expect(whiteoutPath("a/b/c")).toBe("a/b/.wh.c");
    expect(opaquePath("a/b")).toBe("a/b/.wh..wh..opq");
    expect(opaquePath("")).toBe(".wh..wh..opq");
  });

  it("are read as what they were written for", () => {
    expect(parseWhiteout(whiteoutPath("a/b"))).toEqual({ kind: "remove", path: "a/b" });
    expect(parseWhiteout(whiteoutPath("a"))).toEqual({ kind: "remove", path: "a" });
    expect(parseWhiteout(opaquePath("a/b"))).toEqual({ kind: "clear", path: "a/b" });
    expect(parseWhiteout(opaquePath(""))).toEqual({ kind: "clear", path: "" });
    for (const path of ["a/b", "a.wh.b", "a/b.wh.", ".wh", "wh.a"])
      expect(parseWhiteout(path)).toEqual({ kind: "entry" });
  });

  it("skip the notes of aufs with all below them", () => {
    for (const path of [".wh..wh.aufs", ".wh..wh.plnk/12.34", "a/.wh..wh.orph", ".wh..wh."]) {
      expect(parseWhiteout(path)).toEqual({ kind: "skip" });
    }
  });

  it("never remove the folder they are in, or its parent (kaniko's ExtractFile)", () => {
    for (const path of [".wh.", "a/.wh.", ".wh..", "a/.wh..", ".wh...", "a/.wh..."]) {
      expect(() => parseWhiteout(path)).toThrow(expect.objectContaining({ code: "TAR_CORRUPT" }));
    }
    expect(parseWhiteout("a/.wh....")).toEqual({ kind: "remove", path: "a/..." });
  });

  it("have nothing below them", () => {
    for (const path of [".wh../x", ".wh.a/x", "a/.wh.b/c/d", "a/.wh..wh..opq/x"]) {
      expect(() => parseWhiteout(path)).toThrow(expect.objectContaining({ code: "TAR_CORRUPT" }));
    }
  });

  it("are told by any part of a path", () => {
    expect(["a/.wh.b", ".wh.a/b", ".wh."].map(isWhiteoutPath)).toEqual([true, true, true]);
    expect(["a/b.wh.c", "awh."].map(isWhiteoutPath)).toEqual([false, false]);
  });
});
