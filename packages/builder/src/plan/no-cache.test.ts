import { parseDockerfile } from "@tsbuild/dockerfile";
import { describe, expect, it } from "vitest";
import { isUncached, unknownFilters } from "./no-cache.ts";

describe("--no-cache-filter", () => {
  it("names stages without regard to case, or by number", () => {
    expect(isUncached({ index: 1, name: "two" }, ["TWO"])).toBe(true);
    expect(isUncached({ index: 1 }, ["1"])).toBe(true);
    expect(isUncached({ index: 1, name: "two" }, ["one", "0"])).toBe(false);
    expect([true, false, undefined].map((all) => isUncached({ index: 0 }, all))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("knows which names are no stage's", () => {
    const dockerfile = parseDockerfile("FROM scratch AS one\nFROM scratch");
    expect(unknownFilters(dockerfile, ["ONE", "1", "2", "tow"])).toEqual(["2", "tow"]);
    expect(unknownFilters(dockerfile, true)).toEqual([]);
  });
});
