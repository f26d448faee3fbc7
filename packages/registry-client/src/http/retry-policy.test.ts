import { describe, expect, it } from "vitest";
import { defaultRetryPolicy, parseRetryAfter, retryDelayMs } from "./retry-policy.ts";

const now = Date.parse("2026-11-01T00:00:00Z");

describe("parseRetryAfter", () => {
  it("reads seconds and dates", () => {
    expect(parseRetryAfter("7", now)).toBe(7000);
    expect(parseRetryAfter("Sun, 01 Nov 2026 00:00:30 GMT", now)).toBe(30_000);
  });

  it.each(["-5", "1e9", "", "soon", "2.5", "Sun, 01 Nov 2020 00:00:00 GMT"])("ignores %j", (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });
});

describe("retryDelayMs", () => {
  it("doubles, between half and all of it, up to the cap", () => {
    const delay = (attempt: number, random: number): number =>
      retryDelayMs(defaultRetryPolicy, attempt, undefined, random, now);
    expect(delay(1, 0)).toBe(150);
    expect(delay(3, 1)).toBe(1200);
    expect(delay(30, 1)).toBe(15_000);
  });

  it("does what the server asks, but cuts the absurd", () => {
    expect(retryDelayMs(defaultRetryPolicy, 1, "5", 0, now)).toBe(5000);
    expect(retryDelayMs(defaultRetryPolicy, 1, "1000000000", 0, now)).toBe(60_000);
  });
});
