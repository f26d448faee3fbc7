// Each folder of testdata is one case: a Dockerfile, and in tree.txt the tree, or the error as a command prints it.
// UPDATE_GOLDEN=1 writes the files anew; read the difference before you commit it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DockerfileError, formatDockerfile, formatError, parseDockerfile } from "./index.ts";
import { printTree } from "./print-tree.ts";

const TESTDATA = fileURLToPath(new URL("../testdata/", import.meta.url));
const cases = readdirSync(TESTDATA).sort();

describe("golden cases", () => {
  it("are at least sixty", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases)("%s", (name) => {
    const printed = parseAndPrint(readFileSync(`${TESTDATA}${name}/Dockerfile`));
    const golden = `${TESTDATA}${name}/tree.txt`;
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, printed);
    expect(existsSync(golden), `${golden} is missing`).toBe(true);
    expect(printed).toBe(readFileSync(golden, "utf8"));
  });

  it.each(cases)("%s: printing what was parsed parses to the same", (name) => {
    const source = readFileSync(`${TESTDATA}${name}/Dockerfile`);
    const tree = parseAndPrint(source, { lines: false });
    if (tree.startsWith("error")) return;
    const formatted = formatDockerfile(parseDockerfile(source));
    expect(parseAndPrint(formatted, { lines: false })).toBe(tree);
    expect(formatDockerfile(parseDockerfile(formatted))).toBe(formatted);
  });
});

function parseAndPrint(source: string | Uint8Array, options: { lines?: boolean } = {}): string {
  try {
    return printTree(parseDockerfile(source), options);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return `error ${error.code}\n${formatError(error)}\n`;
  }
}
