import { describe, expect, it } from "vitest";
import { createHasher, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from "./digest.ts";

const hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const hex64 = "a".repeat(64);

describe("digest", () => {
  it("is the hash of the bytes, and text counts as UTF-8", () => {
    expect(digestOf("hello")).toBe(hello);
    expect(digestOf(new TextEncoder().encode("hello"))).toBe(hello);
    expect(digestOf("ü")).toBe(digestOf(Uint8Array.of(0xc3, 0xbc)));
  });

  it("may be SHA-512", () => {
    const digest = digestOf("hello", "sha512");
    expect(digestAlgorithm(digest)).toBe("sha512");
    expect(digestHex(digest)).toHaveLength(128);
    expect(parseDigest(digest)).toBe(digest);
  });

  it("comes out the same when the bytes arrive in pieces", () => {
    const hasher = createHasher();
    hasher.update("he");
    hasher.update(new TextEncoder().encode("llo"));
    expect(hasher.digest()).toBe(hello);
  });

  it("falls into algorithm and hex", () => {
    const digest = parseDigest(hello);
    expect([digestAlgorithm(digest), digestHex(digest)]).toEqual(["sha256", hello.slice(7)]);
  });

  it.each([
    ["", "no algorithm"],
    [hex64, "no algorithm"],
    [`sha256:${hex64.toUpperCase()}`, "64 lower-case"],
    [`SHA256:${hex64}`, "not supported"],
    [`sha256:${hex64.slice(1)}`, "64 lower-case"],
    [`sha256:${hex64}a`, "64 lower-case"],
    [`sha512:${hex64}`, "128 lower-case"],
    [`md5:${"a".repeat(32)}`, "not supported"],
    [`sha256:${hex64}\n`, "64 lower-case"],
    [` sha256:${hex64}`, "not supported"],
    [`sha256:${"g".repeat(64)}`, "64 lower-case"],
  ])("refuses %j", (text, reason) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(
      expect.objectContaining({ code: "DIGEST_INVALID", message: expect.stringContaining(reason) }),
    );
  });

  it.each([
    "sha256:../../../etc/passwd",
    `sha256:${"../".repeat(21)}x`,
    `sha256:${hex64}?x=1`,
    `sha256:${hex64}#f`,
  ])("CVE-2024-3727: refuses the path or query in %j before anything is built from it", (text) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
  });

  it("does not print control characters of a bad digest", () => {
    expect(() => parseDigest("sha256:\u001b[2J\u009b")).toThrow(/^[\x20-\x7e]*$/);
  });
});
