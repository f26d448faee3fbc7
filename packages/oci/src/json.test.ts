import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeJson, parseJson } from "./json.ts";
import { OciError } from "./oci-error.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJson(bytes(text), 1 << 20);

describe("parseJson", () => {
  it("gives what JSON.parse gives for any value", () => {
    const value = fc.jsonValue({ maxDepth: 5 }).filter((v) => !JSON.stringify(v).includes("__proto__"));
    fc.assert(
      fc.property(value, fc.boolean(), (v, indented) => {
        const text = JSON.stringify(v, undefined, indented ? 2 : 0);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("accepts nothing that JSON.parse does not, and throws typed errors only", () => {
    const outcome = (read: () => unknown) => {
      try {
        return { value: read() };
      } catch (error) {
        return error instanceof OciError ? "refused" : error;
      }
    };
    const hostile = fc.oneof(fc.string(), fc.stringMatching(/^[[\]{}":,\\a0 ]{0,30}$/));
    fc.assert(
      fc.property(hostile, (text) => {
        const found = outcome(() => parse(text));
        expect(["refused", { value: found === "refused" || JSON.parse(text) }]).toContainEqual(found);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it.each([
    ["an empty body", ""],
    ["a byte order mark", "\ufeff{}"],
    ["two values", "{}{}"],
    ["a string that does not end", '{"a": "b\\"}'],
    ["a key twice", '{"a": 1, "a": 2}'],
    ["a key twice in a list inside", '[{"b": {"a": 1, "\\u0061" : 2}}]'],
    ["a key __proto__", '{"__proto__": {"polluted": true}}'],
    ["a key __proto__ in disguise", '{"\\u005f_proto__": {"polluted": true}}'],
    ["a bad escape in a key", '{"\\x": 1}'],
    ["a million brackets", "[".repeat(1_000_000)],
    ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["more than the limit", `"${"a".repeat(1 << 20)}"`],
  ])("refuses %s", (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "JSON_INVALID" }));
    expect("polluted" in {}).toBe(false);
  });

  it("refuses invalid UTF-8", () => {
    const code = "JSON_INVALID";
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 10)).toThrow(expect.objectContaining({ code }));
    expect(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 10)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it("accepts one key in two objects, and a value that looks like a key", () => {
    expect(parse('{"a": {"a": "a"}, "b": ["a", "a", {"a": 1}]}')).toEqual({
      a: { a: "a" },
      b: ["a", "a", { a: 1 }],
    });
    expect(parse(`${"[".repeat(64)}${"]".repeat(64)}`)).toHaveLength(1);
  });

  it("finds a key twice however much space there is before the colon", () => {
    expect(() => parse(`{"a"${" ".repeat(100)}: 1, "a"${"\n".repeat(100)}: 2}`)).toThrow(/twice/);
  });
});

describe("encodeJson", () => {
  it("is compact, keeps the order of keys and drops undefined", () => {
    expect(Buffer.from(encodeJson({ b: 1, a: [undefined, "ü<"], c: undefined })).toString()).toBe(
      '{"b":1,"a":[null,"ü<"]}',
    );
  });

  it("refuses what JSON has no form for", () => {
    expect(() => encodeJson(undefined)).toThrow(TypeError);
  });
});
