import { describe, expect, it } from "vitest";
import { parseCsvRecord } from "./csv-record.ts";

describe("parseCsvRecord", () => {
  it.each<[string, string[]]>([
    ["", []],
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [",", ["", ""]],
    ["a,", ["a", ""]],
    [" a , b ", [" a ", " b "]],
    ['"a"', ["a"]],
    ['"a,b",c', ["a,b", "c"]],
    ['"a""b"', ['a"b']],
    ['""', [""]],
    ['"",""', ["", ""]],
    ['""""', ['"']],
    ['type=local,"dest=a,b"', ["type=local", "dest=a,b"]],
    ['"a\nb",c', ["a\nb", "c"]],
    ["a,b\n", ["a", "b"]],
    ["a,b\r\n", ["a", "b"]],
    ["ä,日本", ["ä", "日本"]],
  ])("splits %j as Go does", (text, fields) => {
    expect(parseCsvRecord(text, "--output")).toEqual(fields);
  });

  it.each([
    ['a"b', 'a bare " in a field'],
    ['a,b"', 'a bare " in a field'],
    ['type=local,dest="a,b"', 'a bare " in a field'],
    ['"a', "a quote is not closed"],
    ['"a""', "a quote is not closed"],
    ['"a"b', "text after a closing quote"],
    ['"a" ,b', "text after a closing quote"],
    ["a\nb", "a newline outside of quotes"],
  ])("refuses %j, which Go refuses too", (text, reason) => {
    expect(() => parseCsvRecord(text, "--output")).toThrow(reason);
  });
});
