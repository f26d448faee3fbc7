// dockerfile-ast, an independent parser made for editors, must see the same instructions on the same lines.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DockerfileParser } from "dockerfile-ast";
import { describe, expect, it } from "vitest";
import { type Dockerfile, parseDockerfile } from "./index.ts";

const TESTDATA = fileURLToPath(new URL("../testdata/", import.meta.url));

/** Where the oracle isn't BuildKit, with the reason. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ["continuation", "takes `\\\\` at the end of a line for a continuation"],
  ["continuation-first", "takes a continuation before the keyword for an instruction"],
  ["directive-unknown-key", "reads directives after an unknown one"],
  ["heredoc-not", "takes `\\<<EOF` for a heredoc"],
  ["heredoc-run", "does not know `<< EOF`"],
]);

interface Seen {
  readonly keyword: string;
  readonly start: number;
  readonly end: number;
}

function ours(dockerfile: Dockerfile): Seen[] {
  const stages = dockerfile.stages.flatMap((stage) => [stage.from, ...stage.instructions]);
  return [...dockerfile.globalArgs, ...stages].map(({ keyword, span }) => ({
    keyword: keyword.text.toUpperCase(),
    start: span.start.line,
    end: span.end.line,
  }));
}

function theirs(source: string): Seen[] {
  return DockerfileParser.parse(source)
    .getInstructions()
    .map((instruction) => ({
      keyword: instruction.getKeyword(),
      start: instruction.getRange().start.line + 1,
      end: instruction.getRange().end.line + 1,
    }));
}

describe("dockerfile-ast sees the same", () => {
  const cases = readdirSync(TESTDATA).filter((name) => !name.startsWith("error-") && !DIFFERENT.has(name));

  it.each(cases)("%s", (name) => {
    const source = readFileSync(`${TESTDATA}${name}/Dockerfile`, "utf8");
    expect(ours(parseDockerfile(source))).toEqual(theirs(source));
  });

  it.each([...DIFFERENT])("but in %s it %s", (name) => {
    const source = readFileSync(`${TESTDATA}${name}/Dockerfile`, "utf8");
    expect(ours(parseDockerfile(source))).not.toEqual(theirs(source));
  });
});
