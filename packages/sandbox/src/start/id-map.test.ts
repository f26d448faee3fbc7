import { describe, expect, it } from "vitest";
import { countLentIds, formatIdMap, idMapArguments, mapAllAsIs, mapOwnAndRanges } from "./id-map.ts";

describe("a map of IDs", () => {
  const map = mapOwnAndRanges(1000, [
    { start: 100_000, count: 65_536 },
    { start: 300_000, count: 10 },
  ]);

  it("makes the user root, and the ranges what follows without a gap", () => {
    expect(idMapArguments(map).join(" ")).toBe("0 1000 1 1 100000 65536 65537 300000 10");
  });

  it("is written as the kernel reads it", () => {
    expect(formatIdMap(map)).toBe("0 1000 1\n1 100000 65536\n65537 300000 10\n");
  });

  it("counts the IDs that are not the user's own", () => {
    expect(countLentIds(map)).toBe(65_546);
  });
});

describe("the map of root", () => {
  it("leaves all IDs of a whole machine what they are", () => {
    const map = mapAllAsIs("         0          0 4294967295\n");
    expect(formatIdMap(map)).toBe("0 0 4294967295\n");
    expect(countLentIds(map)).toBe(4_294_967_295);
  });

  it("leaves those of a container what they are inside it", () => {
    const map = mapAllAsIs("0 1000 1\n1 100000 65536\n");
    expect(formatIdMap(map)).toBe("0 0 1\n1 1 65536\n");
  });
});
