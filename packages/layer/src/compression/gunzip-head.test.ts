import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gunzipHead } from "./gunzip-head.ts";

const text = Buffer.from("text ".repeat(1000));

describe("gunzipHead", () => {
  it("gives what was held before the end or the damage", () => {
    const whole = gzipSync(text);
    expect(text.equals(gunzipHead(whole))).toBe(true);
    expect(text.equals(gunzipHead(Buffer.concat([whole, Buffer.from("garbage")])))).toBe(true);
    const cut = gunzipHead(whole.subarray(0, -10));
    expect(cut.length).toBeGreaterThan(100);
    expect(text.subarray(0, cut.length).equals(cut)).toBe(true);
    expect(gunzipHead(Buffer.from("no gzip"))).toHaveLength(0);
  });
});
