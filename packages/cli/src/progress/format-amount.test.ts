import { describe, expect, it } from "vitest";
import { formatBytes, formatElapsed, formatSeconds, formatTransfer } from "./format-amount.ts";

describe("formatBytes", () => {
  it.each([
    [0, "0B"],
    [999, "999B"],
    [1000, "1.00kB"],
    [1234, "1.23kB"],
    [999_994, "999.99kB"],
    [999_995, "1.00MB"],
    [12_340_000, "12.34MB"],
    [60_100_000_000, "60.10GB"],
  ])("writes %i as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatSeconds and formatTransfer", () => {
  it("write what BuildKit writes", () => {
    expect(formatSeconds(1234)).toBe("1.2s");
    expect(formatSeconds(-5)).toBe("0.0s");
    expect(formatTransfer(12_340_000, 60_100_000)).toBe("12.34MB / 60.10MB");
    expect(formatTransfer(32, undefined)).toBe("32B");
    expect(formatTransfer(0, undefined)).toBe("");
  });
});

describe("formatElapsed", () => {
  it.each([
    [-1, "0.000"],
    [123, "0.123"],
    [9_999, "9.999"],
    [12_345, "12.35"],
    [123_456, "123.5"],
  ])("writes %i ms as %s", (milliseconds, text) => {
    expect(formatElapsed(milliseconds)).toBe(text);
  });
});
