import oracle from "@balena/dockerignore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.ts";
import { IgnoreMatcher, parseIgnoreFile, parseIgnorePattern } from "./index.ts";

function matcher(...lines: string[]): IgnoreMatcher {
  return new IgnoreMatcher(parseIgnoreFile(lines.join("\n")));
}

/** Lines of the file, path, whether moby ignores it. */
const ROWS: readonly (readonly [string[], string, boolean])[] = [
  [[], "a", false],
  [["a"], "a", true],
  [["a"], "b", false],
  [["a"], "a/b", true],
  [["a"], "a/b/c", true],
  [["a"], "b/a", false],
  [["a"], "ab", false],
  [["a/b"], "a", false],
  [["a/b"], "a/b/c", true],
  [["/a"], "a", true],
  [["/a/"], "a/x", true],
  [["./a"], "a", true],
  [["a//b/./c/../d"], "a/b/d", true],
  [["  a  "], "a", true],
  [["# a", "#b"], "b", false],
  [[" #b"], "#b", true],
  [["*"], "a", true],
  [["*"], "a/b", true],
  [["*"], ".git", true],
  [["*/b"], "a/b", true],
  [["*/b"], "b", false],
  [["*/b"], "a/a/b", false],
  [["*/*/b"], "a/a/b", true],
  [["*.md"], "README.md", true],
  [["*.md"], "docs/README.md", false],
  [["a?c"], "abc", true],
  [["a?c"], "a/c", false],
  [["a?c"], "a😀c", true],
  [["[a-c]x"], "bx", true],
  [["[^a-c]x"], "bx", false],
  [["[^a-c]x"], "dx", true],
  [["a\\*b"], "a*b", true],
  [["a\\*b"], "axb", false],
  [["a\\b"], "ab", true],
  [["\\!a"], "!a", true],
  [["\\#a"], "#a", true],
  [["**"], "a", true],
  [["**"], "a/b", true],
  [["**/a"], "a", true],
  [["**/a"], "x/a", true],
  [["**/a"], "x/y/a/z", true],
  [["**/a"], "xa", false],
  [["**a"], "xa", true],
  [["**a"], "y/xa", true],
  [["**/*.go"], "a.go", true],
  [["**/*.go"], "a/b/c.go", true],
  [["**/*.go"], "a/b/c.gox", false],
  [["a/**"], "a", false],
  [["a/**"], "a/b", true],
  [["a/**"], "a/b/c", true],
  [["a**"], "abc", true],
  [["a**"], "a/b/c", true],
  [["a/**/b"], "a/b", true],
  [["a/**/b"], "a/x/y/b", true],
  [["a/**/b"], "a/xb", false],
  [["a/**/*.txt"], "a/x/y.txt", true],
  [["a**/*.txt"], "abc/y.txt", true],
  [["**/a/**"], "x/a/y", true],
  [["**/a/**"], "x/a", false],
  [["**/foo/bar"], "foo/bar", true],
  [["**/foo/bar"], "x/foo/bar", true],
  [["**/**/a"], "x/y/a", true],
  [["a.c"], "abc", false],
  [["(a)"], "(a)", true],
  [["(a)"], "a", false],
  [["a+"], "a+", true],
  [["a+"], "aa", false],
  [["a|b"], "a", false],
  [["{a,b}"], "a", false],
  [["$a"], "$a", true],
  [["a^b"], "a^b", true],
  [["."], "a", false],
  [["/"], "a", false],
  [["../a"], "a", false],
  [["a/../../b"], "b", false],
  // The last match counts
  [["*", "!a"], "a", false],
  [["*", "!a"], "b", true],
  [["*", "!a", "a"], "a", true],
  [["!a", "a"], "a", true],
  [["a", "!a"], "a", false],
  [["! a", "b"], "b", true],
  [["*.md", "!README.md"], "README.md", false],
  [["*.md", "!README*.md", "README-secret.md"], "README-secret.md", true],
  [["*.md", "README-secret.md", "!README*.md"], "README-secret.md", false],
  // Exceptions below an ignored folder
  [["dir", "!dir/keep"], "dir/keep", false],
  [["dir", "!dir/keep"], "dir/other", true],
  [["dir", "!dir/keep"], "dir", true],
  [["dir", "!dir/keep"], "dir/keep/below", false],
  [["dir", "!dir/keep", "dir/keep/not"], "dir/keep/not/x", true],
  [["*", "!**/*.ts"], "a/b/c.ts", false],
  [["*", "!**/*.ts"], "a/b/c.js", true],
  [["**", "!src/**"], "src/a", false],
  [["**/node_modules", "!keep/node_modules"], "keep/node_modules/x", false],
  // No prototype
  [["__proto__"], "__proto__", true],
  [["__proto__"], "constructor", false],
];

/** Where @balena/dockerignore isn't moby: regular expression characters, `**a`, paths outside of the root, emoji. */
function oracleIsRight(lines: readonly string[], path: string): boolean {
  if (path === "__proto__" || /[\u{10000}-\u{10ffff}]/u.test(path)) return false;
  return !lines.some((line) => /[()+|{}$^]|\*\*[^/]|[^/]\*\*|^\.\.|^\.$|^\/|\\|^ |\[|\/\.\./.test(line));
}

describe("IgnoreMatcher", () => {
  it("has a table of more than sixty rows", () => {
    expect(ROWS.length).toBeGreaterThan(60);
  });

  it.each(ROWS)("with %j, %j is ignored: %s", (lines, path, expected) => {
    expect(matcher(...lines).ignores(path)).toBe(expected);
  });

  it.each(ROWS.filter(([lines, path]) => oracleIsRight(lines, path)))(
    "agrees with the oracle on %j, %j",
    (lines, path, expected) => {
      expect(oracle.default().add(lines).ignores(path)).toBe(expected);
    },
  );

  it("never ignores the root", () => {
    expect(matcher("**").ignores("")).toBe(false);
    expect(matcher("**").ignores(".")).toBe(false);
  });

  it("gives the same answers in any order of asking", () => {
    const rules = matcher("a", "!a/b/c", "**/x", "!q/**/x", "a/b/c/d*");
    const names = ["a", "b", "c", "x", "d1", "q"];
    const path = fc
      .array(fc.constantFrom(...names), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("/"));
    const property = fc.property(path, path, (first, second) => {
      rules.ignores(first);
      rules.mayHaveExceptionsBelow(first);
      expect(rules.ignores(second)).toBe(
        matcher("a", "!a/b/c", "**/x", "!q/**/x", "a/b/c/d*").ignores(second),
      );
    });
    fc.assert(property, { seed: 20260801, numRuns: 300 });
  });

  it("asks for no path twice over: fifty thousand files and forty patterns", () => {
    const rules = matcher(
      ...Array.from({ length: 20 }, (_, i) => `**/dir${i}/*.log`),
      "**/node_modules",
      "*.tmp",
      "!a/**",
    );
    let ignored = 0;
    for (let i = 0; i < 50_000; i++) {
      if (rules.ignores(`a/dir${i % 50}/sub${i % 7}/file${i}.log`)) ignored++;
    }
    expect(ignored).toBe(0);
  });
});

describe("mayHaveExceptionsBelow", () => {
  it.each<[string[], string, boolean]>([
    [["a"], "a", false],
    [["a", "!a/b"], "a", true],
    [["a", "!b"], "a", false],
    [["a", "!b/a"], "a", false],
    [["a", "!a/b/c"], "a/b", true],
    [["a", "!a/b/c"], "a/x", false],
    [["a", "!a/b", "a"], "a", false],
    [["a", "!**/keep"], "a/x/y", true],
    [["a", "!**/*.md"], "a", true],
    [["a", "!a/*.md"], "a", true],
    [["a", "!a/*.md"], "a/b", false],
    [["a", "!a/**"], "a/b", false],
    [["*", "!a*/x"], "abc", true],
    [["*", "!a*/x"], "bcd", false],
    [["a", "!a/?/x"], "a/b", true],
    [["a", "!a/?/x"], "a/bc", false],
    [["a", "!b/**/c"], "a", false],
    [["a", "!a/**/c"], "a/x/y/z", true],
    [["!a"], "", true],
    [["a"], "", false],
  ])("with %j below %j: %s", (lines, folder, expected) => {
    expect(matcher(...lines).mayHaveExceptionsBelow(folder)).toBe(expected);
  });

  it("never says no where a path below is not ignored", () => {
    const part = fc.constantFrom("a", "b", "ab", "*", "**", "?", "a*");
    const pattern = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([negated, parts]) => (negated ? "!" : "") + parts.join("/"));
    const name = fc.constantFrom("a", "b", "ab", "abb");
    const property = fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 5 }),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      (lines, folder, below) => {
        const rules = matcher(...lines);
        const isIgnored = rules.ignores(folder.join("/"));
        fc.pre(isIgnored && !rules.mayHaveExceptionsBelow(folder.join("/")));
        expect(rules.ignores([...folder, ...below].join("/"))).toBe(true);
      },
    );
    fc.assert(property, { seed: 20260802, numRuns: 500 });
  });
});

describe("parseIgnoreFile", () => {
  it("cleans patterns and remembers their lines", () => {
    expect(parseIgnoreFile("\uFEFF# c\r\n\r\n /a/ \r\n! ./b/../c\n\n**/d//\n")).toEqual([
      { pattern: "a", negated: false, line: 3 },
      { pattern: "c", negated: true, line: 4 },
      { pattern: "**/d", negated: false, line: 6 },
    ]);
  });

  it.each(["!", " ! ", "[a", "a\\", "[]"])("refuses the line %j and says where it is", (line) => {
    const failure = failureOf(() => parseIgnoreFile(`ok\n${line}\n`, { path: "x/.dockerignore" }));
    expect(failure?.code).toBe("BAD_PATTERN");
    expect(failure?.path).toBe("x/.dockerignore");
    expect(failure?.span?.start.line).toBe(2);
    expect(failure?.excerpt()).toContain(">>>");
  });

  it("reads one pattern as --exclude has it", () => {
    expect(parseIgnorePattern("!*.md")).toEqual({ pattern: "*.md", negated: true });
  });

  it("can't be made slow by stars", () => {
    const rules = matcher(`${"**/*a".repeat(50)}b`, `${"*a".repeat(100)}b`);
    expect(rules.ignores(`${"a".repeat(2000)}/${"a".repeat(2000)}`)).toBe(false);
    expect(rules.ignores(`${"a".repeat(2000)}b`)).toBe(true);
  });
});
