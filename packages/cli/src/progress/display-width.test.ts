import { describe, expect, it } from "vitest";
import { displayWidth, truncateToWidth } from "./display-width.ts";

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["äöü", 3],
    ["日本語", 6],
    ["한글", 4],
    ["ｆｕｌｌ", 8],
    ["😀", 2],
    ["e\u0301", 1],
    ["a\u200db", 2],
    ["→ ✓", 3],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("truncateToWidth", () => {
  it.each([
    ["abc", 5, "abc"],
    ["abc", 2, "ab"],
    ["日本語", 5, "日本"],
    ["日本語", 6, "日本語"],
    ["a😀b", 2, "a"],
    ["e\u0301x", 1, "e\u0301"],
    ["abc", 0, ""],
  ])("cuts %j at %i columns to %j", (text, columns, expected) => {
    expect(truncateToWidth(text, columns)).toBe(expected);
  });
});
