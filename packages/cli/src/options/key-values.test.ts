import { describe, expect, it } from "vitest";
import { parseAnnotations, parseBuildArgs, parseLabels } from "./key-values.ts";

describe("parseBuildArgs", () => {
  const env = { FROM_ENV: "env", EMPTY: "" };

  it.each<[string[], Record<string, string>]>([
    [[], {}],
    [["A=1"], { A: "1" }],
    [["A="], { A: "" }],
    [["A=b=c"], { A: "b=c" }],
    [["FROM_ENV"], { FROM_ENV: "env" }],
    [["EMPTY"], { EMPTY: "" }],
    [["MISSING"], {}],
    [["A=1", "A=2"], { A: "2" }],
    [["MISSING=1", "MISSING"], {}],
  ])("reads %j", (values, expected) => {
    expect(parseBuildArgs(values, env)).toEqual(expected);
  });

  it("keeps a key named __proto__", () => {
    expect(Object.entries(parseBuildArgs(["__proto__=x"], env))).toEqual([["__proto__", "x"]]);
  });

  it("refuses a value without a key", () => {
    expect(() => parseBuildArgs(["=x"], env)).toThrow("the key is empty");
  });
});

describe("parseLabels", () => {
  it("gives a key without a value the empty value, whatever the environment", () => {
    expect(parseLabels(["a=1", "b", "c=x=y"])).toEqual({ a: "1", b: "", c: "x=y" });
  });
});

describe("parseAnnotations", () => {
  it.each<[string[], Record<string, string>]>([
    [["a=1"], { a: "1" }],
    [["manifest:a=1"], { "manifest:a": "1" }],
    [["index,manifest:a=1"], { "index:a": "1", "manifest:a": "1" }],
    [["index-descriptor:a=b:c"], { "index-descriptor:a": "b:c" }],
  ])("reads %j", (values, expected) => {
    expect(parseAnnotations(values)).toEqual(expected);
  });

  it.each([
    ["a", "not key=value"],
    ["manifst:a=1", '"manifst" is none of'],
    ["manifest[linux/amd64]:a=1", "later release"],
    ["manifest:=1", "the key is empty"],
  ])("refuses %s", (value, reason) => {
    expect(() => parseAnnotations([value])).toThrow(reason);
  });
});
