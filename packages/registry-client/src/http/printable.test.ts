import { describe, expect, it } from "vitest";
import { printable, redactUrl } from "./printable.ts";

describe("printable", () => {
  it("keeps ordinary text, also beyond ASCII", () => {
    expect(printable("Grüße 🐳 ok", 100)).toBe("Grüße 🐳 ok");
  });

  it("drops escape sequences' control characters, C1 and direction overrides", () => {
    expect(printable("a\u001b]0;title\u0007b\u009b2Jc\u202ed\u0000", 100)).toBe("a]0;titleb2Jcd");
  });

  it("makes line breaks spaces and cuts what is too long", () => {
    expect(printable("a\nb\rc", 100)).toBe("a b c");
    expect(printable("x".repeat(50), 10)).toBe(`${"x".repeat(10)}…`);
  });
});

describe("redactUrl", () => {
  it("shows neither credentials nor query nor fragment", () => {
    const url = "https://user:secret@bucket.example:8443/blob?X-Signature=secret#secret";
    expect(redactUrl(url)).toBe("https://bucket.example:8443/blob");
  });

  it("does not show what is not a URL", () => {
    expect(redactUrl("user:secret")).not.toContain("secret");
  });
});
