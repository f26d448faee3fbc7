// Random Dockerfiles: whatever is put in, the answer is a tree or a DockerfileError, soon, and a tree prints to text
// with the same tree. The seed is fixed.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.ts";
import {
  expandWord,
  formatDockerfile,
  formatError,
  formatInstruction,
  matchPath,
  parseDockerfile,
  parseIgnoreFile,
} from "./index.ts";
import { printTree } from "./print-tree.ts";
import { decodeSource } from "./source-text.ts";

const TESTDATA = fileURLToPath(new URL("../testdata/", import.meta.url));
const corpus = readdirSync(TESTDATA)
  .sort()
  .map((name) => decodeSource(readFileSync(`${TESTDATA}${name}/Dockerfile`)));
const snippets = [
  ..."\\ ` \" ' $ ${ } # \n \r\n \t \v = , [ ] < << <<EOF <<- EOF -- --mount= : / * ? ! @ % \0 \u00a0 \u2028 é 😀".split(
    " ",
  ),
  ...[
    "\\\n",
    "\\ \n",
    "\n\n",
    "\nEOF\n",
    "FROM a\n",
    "RUN ",
    "ONBUILD ",
    "COPY <<a /b\n",
    '["a"]',
    "# escape=`\n",
  ],
  ...["\uD800", "\uFEFF", " "],
];

/** A file of the corpus with a few pieces put in, cut out or repeated. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...snippets), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([source, edits]) =>
    edits.reduce((text, [at, length, piece, cut]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + piece + text.slice(cut ? start + length : start);
    }, source),
  );

const instructions = fc.array(
  fc.constantFrom(
    ...snippets,
    "FROM x\n",
    "RUN a\n",
    "ENV a=b\n",
    "HEALTHCHECK CMD x\n",
    "LABEL ",
    "a",
    "b c",
  ),
  { maxLength: 30 },
);

/** Other errors than ours pass, and fail the test. */
/** Instructions of the corpus that are right, in any order, with one small edit: most of it still parses. */
const good = corpus.flatMap((source) => {
  const parsed = parseOrError(source);
  if (parsed === undefined || parsed.directives.escape !== "\\") return [];
  return parsed.stages.flatMap((stage) =>
    stage.instructions.map((instruction) => formatInstruction(instruction)),
  );
});
const edited = fc
  .tuple(
    fc.array(fc.constantFrom(...good), { minLength: 1, maxLength: 8 }),
    fc.nat(),
    fc.constantFrom(...snippets),
  )
  .map(([lines, at, piece]) => {
    const text = lines.join("\n");
    const start = at % (text.length + 1);
    return `FROM scratch\n${text.slice(0, start)}${piece}${text.slice(start)}\n`;
  });

function parseOrError(source: string): ReturnType<typeof parseDockerfile> | undefined {
  let parsed: ReturnType<typeof parseDockerfile> | undefined;
  const failure = failureOf(() => {
    parsed = parseDockerfile(source);
  });
  expect(failure === undefined || formatError(failure).includes(failure.message)).toBe(true);
  return parsed;
}

function checkFixpoint(source: string): void {
  const parsed = parseOrError(source);
  if (parsed === undefined) return;
  const formatted = formatDockerfile(parsed);
  expect(printTree(parseDockerfile(formatted), { lines: false })).toBe(printTree(parsed, { lines: false }));
}

describe("random Dockerfiles", () => {
  it("mutated ones parse or fail with a DockerfileError, and print to the same tree", () => {
    fc.assert(fc.property(mutated, checkFixpoint), { seed: 1, numRuns: 1000 });
  });

  it("made up ones, too", () => {
    const property = fc.property(instructions, (pieces) => {
      checkFixpoint(`FROM scratch\n${pieces.join("")}`);
      checkFixpoint(pieces.join(""));
    });
    expect(() => fc.assert(property, { seed: 2, numRuns: 1000 })).not.toThrow();
  });

  it("with one edit print to the same tree, and most of them parse", () => {
    let parsed = 0;
    const property = fc.property(edited, (source) => {
      checkFixpoint(source);
      if (parseOrError(source) !== undefined) parsed++;
    });
    fc.assert(property, { seed: 11, numRuns: 1000 });
    expect(parsed).toBeGreaterThan(500);
  });

  it("have spans that lie in the file, in order, and words that begin where they say", () => {
    const property = fc.property(edited, (source) => {
      const parsed = parseOrError(source);
      for (const stage of parsed?.stages ?? []) {
        for (const { span, keyword } of [stage.from, ...stage.instructions]) {
          expect(span.start.offset).toBeLessThan(span.end.offset);
          expect(span.end.offset).toBeLessThanOrEqual(source.length);
          expect(keyword.span.start).toEqual(span.start);
          const [first = ""] = keyword.text;
          expect(source.startsWith(first, span.start.offset)).toBe(true);
          expect(source.slice(0, span.start.offset).split("\n")).toHaveLength(span.start.line);
        }
      }
    });
    fc.assert(property, { seed: 3, numRuns: 300 });
  });
});

describe("random words", () => {
  const piece = fc.constantFrom(
    ..."$ { } ${ : - + ? # % / * \\ ` ' \" a b A A:- A% A/ < << é".split(" "),
    " ",
    "\n",
  );
  const word = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(""));

  it("expand or fail with a DockerfileError", () => {
    const property = fc.property(word, fc.constantFrom<"\\" | "`">("\\", "`"), (text, escape) => {
      const failure = failureOf(() =>
        expandWord(text, (name) => (name === "A" ? "some value/with*" : undefined), { escape }),
      );
      expect([undefined, "EXPANSION"]).toContain(failure?.code);
    });
    fc.assert(property, { seed: 4, numRuns: 3000 });
  });

  it("without anything special stay as they are", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((text) => !/[$'"\\]/.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        expect(expandWord(text, () => undefined)).toBe(text);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("between single quotes stay as they are", () => {
    const quoted = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("'"));
    fc.assert(
      fc.property(quoted, (text) => {
        expect(expandWord(`'${text}'`, () => "x")).toBe(text);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it("are replaced as String.replaceAll does, when the pattern has no wildcards", () => {
    const letters = fc
      .array(fc.constantFrom("a", "b", "😀", "/"), { maxLength: 12 })
      .map((parts) => parts.join(""));
    const property = fc.property(
      letters,
      letters.filter((text) => text !== ""),
      letters,
      (value, pattern, replacement) => {
        const values = new Map([
          ["V", value],
          ["P", pattern],
          ["R", replacement],
        ]);
        const expected = value.replaceAll(pattern, () => replacement);
        expect(expandWord("${V//$P/$R}", (name) => values.get(name))).toBe(expected);
      },
    );
    fc.assert(property, { seed: 7, numRuns: 500 });
  });

  it("are trimmed as a regular expression would", () => {
    const letters = fc.array(fc.constantFrom("a", "b"), { maxLength: 8 }).map((parts) => parts.join(""));
    const pattern = fc
      .array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 5 })
      .map((parts) => parts.join(""));
    const property = fc.property(letters, pattern, (value, glob) => {
      const values = new Map([
        ["V", value],
        ["P", glob],
      ]);
      const expand = (text: string) => expandWord(text, (name) => values.get(name));
      const longest = Array.from(glob, (c) => (c === "*" ? ".*" : c === "?" ? "." : c)).join("");
      const shortest = Array.from(glob, (c) => (c === "*" ? ".*?" : c === "?" ? "." : c)).join("");
      expect(expand("${V##$P}")).toBe(value.replace(new RegExp(`^${longest}`), ""));
      expect(expand("${V#$P}")).toBe(value.replace(new RegExp(`^${shortest}`), ""));
      expect(expand("${V/$P/-}")).toBe(value.replace(new RegExp(longest), "-"));
    });
    fc.assert(property, { seed: 8, numRuns: 1000 });
  });
});

describe("random patterns", () => {
  const text = fc.array(fc.constantFrom(..."a b / * ** ? [ ] ^ - \\ ! # . .. é".split(" "), " ", "\n"), {
    maxLength: 12,
  });

  it("of ignore files parse or fail with a DockerfileError", () => {
    const property = fc.property(text, (parts) => {
      const failure = failureOf(() => parseIgnoreFile(parts.join("")));
      expect([undefined, "BAD_PATTERN"]).toContain(failure?.code);
    });
    fc.assert(property, { seed: 9, numRuns: 1000 });
  });

  it("of paths match themselves when they have no wildcards", () => {
    const plain = text.map((parts) => parts.join("").replaceAll(/[*?[\\]/g, ""));
    fc.assert(
      fc.property(plain, (path) => {
        expect(matchPath(path, path)).toBe(true);
      }),
      { seed: 10, numRuns: 300 },
    );
  });
});
