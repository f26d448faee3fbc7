import fc from "fast-check";
import { expect, it } from "vitest";
import { TimeSplitter } from "./time-splitter.ts";

it("splits every time that a file can have exactly", () => {
  const splitter = new TimeSplitter();
  const check = (nanoseconds: bigint): void => {
    const split = splitter.split(nanoseconds);
    expect(BigInt(split.seconds) * 1_000_000_000n + BigInt(split.nanoseconds)).toBe(nanoseconds);
    expect(split.nanoseconds).toBeGreaterThanOrEqual(0);
    expect(split.nanoseconds).toBeLessThan(1_000_000_000);
  };
  for (const seconds of [0n, 1n, -1n, 1_700_000_000n, 9_223_372_035n, -9_223_372_035n, 2_147_483_648n]) {
    for (const rest of [0n, 1n, -1n, 999_999_999n]) check(seconds * 1_000_000_000n + rest);
  }
  const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(fc.property(time, check), { seed: 5, numRuns: 2000 });
});
