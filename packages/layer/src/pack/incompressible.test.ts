import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isIncompressible } from "./incompressible.ts";
import { noise, sourceText } from "./packing.fixture.ts";

const size = 64 * 1024;

/** Bytes of which only `values` occur, in no order. */
function fewValues(values: number): Buffer {
  return Buffer.from(noise(11, size).map((byte) => byte % values));
}

describe("isIncompressible", () => {
  it("is true for noise, also after deflate, and of every size from 16 KiB", () => {
    for (let seed = 0; seed < 50; seed++) expect(isIncompressible(noise(seed, size))).toBe(true);
    const deflated = deflateRawSync(sourceText(5, 2_000_000));
    expect(isIncompressible(deflated.subarray(1000, 1000 + size))).toBe(true);
    for (let seed = 0; seed < 50; seed++) expect(isIncompressible(noise(seed, 16 * 1024))).toBe(true);
  });

  it("is false for text, for bytes of few values, and for bytes that come again", () => {
    expect(isIncompressible(sourceText(1, size))).toBe(false);
    expect(isIncompressible(Buffer.alloc(size))).toBe(false);
    expect(isIncompressible(fewValues(200))).toBe(false);
    const half = noise(2, size / 4);
    expect(isIncompressible(Buffer.concat([half, half, half, half]))).toBe(false);
    expect(isIncompressible(Buffer.concat([noise(1, size - 8000), sourceText(1, 8000)]))).toBe(false);
  });

  it("is false for pieces too short to tell", () => {
    expect(isIncompressible(noise(1, 16 * 1024 - 1))).toBe(false);
  });

  it("never gives away more than 5 % of what deflate would save", () => {
    let stored = 0;
    let smallest = size;
    for (let text = 0; text <= size; text += 1024) {
      const piece = Buffer.concat([noise(text, size - text), sourceText(text, text)]);
      if (!isIncompressible(piece)) continue;
      stored++;
      smallest = Math.min(smallest, deflateRawSync(piece, { level: 6 }).length);
    }
    expect(stored).toBeGreaterThan(2);
    expect(smallest).toBeGreaterThan(size * 0.95);
  });
});
