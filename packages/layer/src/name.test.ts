import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeName, encodeName } from "./name.ts";

describe("decodeName", () => {
  it("decodes ASCII and UTF-8 as they are", () => {
    expect(decodeName(Buffer.from("usr/bin/sh"))).toBe("usr/bin/sh");
    expect(decodeName(Buffer.from("größe/日本/🦊"))).toBe("größe/日本/🦊");
  });

  it("keeps bytes that are no UTF-8 as lone surrogates", () => {
    expect(decodeName(Buffer.from([0x61, 0xff, 0x62]))).toBe("a\udcffb");
    expect(decodeName(Buffer.from([0xc3]))).toBe("\udcc3");
    // An overlong slash, an encoded surrogate and a code point beyond Unicode are no UTF-8.
    expect(decodeName(Buffer.from([0xc0, 0xaf]))).toBe("\udcc0\udcaf");
    expect(decodeName(Buffer.from([0xed, 0xa0, 0x80]))).toBe("\udced\udca0\udc80");
    expect(decodeName(Buffer.from([0xf4, 0x90, 0x80, 0x80]))).toBe("\udcf4\udc90\udc80\udc80");
  });

  it("does not normalise: NFC and NFD are two names", () => {
    expect(decodeName(Buffer.from("e\u0301"))).not.toBe(decodeName(Buffer.from("\u00e9")));
  });

  it("gives names that encode to the same bytes, whatever the bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => new Uint8Array(Buffer.from(text))),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        expect(encodeName(decodeName(input)).equals(input)).toBe(true);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe("encodeName", () => {
  it("refuses half a surrogate pair that stands for no byte", () => {
    expect(() => encodeName("a\ud800")).toThrow(TypeError);
    expect(() => encodeName("a\udc7f")).toThrow(TypeError);
    expect(() => encodeName("a\udd00")).toThrow(TypeError);
  });
});
