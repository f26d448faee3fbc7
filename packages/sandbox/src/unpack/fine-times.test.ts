import { describe, expect, it } from "vitest";
import { formatTime } from "./fine-times.ts";

describe("formatTime", () => {
  it.each([
    [0, 0, "@0.000000000"],
    [1_700_000_000, 1, "@1700000000.000000001"],
    [-1, 0, "@-1.000000000"],
    [-1, 999_999_999, "@-0.000000001"],
    [-2, 500_000_000, "@-1.500000000"],
  ])("writes %i s and %i ns as one number", (mtimeSec, mtimeNsec, text) => {
    expect(formatTime({ mtimeSec, mtimeNsec })).toBe(text);
  });
});
