import { describe, expect, it } from "vitest";
import { DockerfileError, compilePath, matchPath } from "./index.ts";

/** Pattern, name, whether Go's filepath.Match says that they match. */
const ROWS: readonly (readonly [string, string, boolean])[] = [
  ["abc", "abc", true],
  ["abc", "abcd", false],
  ["", "", true],
  ["", "a", false],
  ["*", "abc", true],
  ["*", "", true],
  ["*", ".hidden", true],
  ["*", "a/b", false],
  ["*c", "abc", true],
  ["a*", "a", true],
  ["a*", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["*/*", "a/b", true],
  ["*/*", "a/b/c", false],
  ["*/", "a/", true],
  ["**", "a/b", false],
  ["**", "ab", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/fff", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^b-d]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a?b", "a😀b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["a[^a][^a][^a]b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["a?b", "a/b", false],
  ["a*b", "a/b", false],
  ["a[^x]b", "a/b", true],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "x", true],
  ["[x\\-]", "-", true],
  ["[x\\-]", "z", false],
  ["[\\-x]", "x", true],
  ["[\\-x]", "a", false],
  ["[!a]", "!", true],
  ["[!a]", "b", false],
  ["*x", "xxx", true],
  ["*.go", "main.go", true],
  ["*.{go,js}", "a.go", false],
  ["(a|b)+", "(a|b)+", true],
  ["a.c", "abc", false],
  ["dir/*.txt", "dir/a.txt", true],
  ["dir/*.txt", "dir/sub/a.txt", false],
  ["?", "é", true],
  ["\\a", "a", true],
  ["*a*a*a*b", "a".repeat(200), false],
  ["a*", "a\nb", true],
  ["__proto__", "__proto__", true],
];

const BAD = [
  "[",
  "[^",
  "[]a]",
  "[-]",
  "[x-]",
  "[-x]",
  "[a-b-c]",
  "[^bc",
  "a[",
  "a[b",
  "\\",
  "a\\",
  "[\\",
  "a*[",
  "[^]",
];

describe("matchPath", () => {
  it.each(ROWS)("%j on %j is %s", (pattern, name, expected) => {
    expect(matchPath(pattern, name)).toBe(expected);
  });

  it.each(BAD)("refuses the pattern %j whatever the name", (pattern) => {
    expect(() => matchPath(pattern, "zzz")).toThrow(DockerfileError);
    expect(() => compilePath(pattern)).toThrow(/^Cannot parse the pattern/);
  });

  it("takes an inverted range as one that matches nothing", () => {
    expect(matchPath("[z-a]", "m")).toBe(false);
  });

  it("is not exponential: many stars against a name that nearly matches", () => {
    const name = "a".repeat(20_000);
    expect(matchPath(`${"*a".repeat(200)}b`, name)).toBe(false);
    expect(matchPath("a*".repeat(200), name)).toBe(true);
  });
});
