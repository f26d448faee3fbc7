// The whole unit suite on the oldest Node that the packages ask for, and on the newest line.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../command/run-tsbuild.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow, runProgram } from "../machine/run-program.ts";
import { makeTemporaryFolder, type TemporaryFolder } from "../machine/temporary-folder.ts";

describe.skipIf(cannotRun("the unit suite on other Nodes"))("the unit suite passes on", () => {
  let temporary: TemporaryFolder;
  beforeAll(async () => {
    temporary = await makeTemporaryFolder("other-nodes");
  });
  afterAll(async () => temporary?.[Symbol.asyncDispose]());

  it.each(["22.19.0", "26.10.0"])("Node %s", async (version) => {
    const folder = join(temporary.path, version);
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), '{ "private": true }');
    const binary = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
    await runOrThrow("npm", ["install", "--no-audit", "--no-fund", `${binary}@${version}`], { cwd: folder });
    const bin = join(folder, "node_modules", binary, "bin");
    expect((await runOrThrow(join(bin, "node"), ["--version"])).trim()).toBe(`v${version}`);

    const report = join(folder, "report.json");
    const vitest = join(checkout, "node_modules/vitest/vitest.mjs");
    const finished = await runProgram(
      join(bin, "node"),
      [vitest, "run", "--project", "unit", "--reporter=json", `--outputFile=${report}`],
      {
        cwd: checkout,
        env: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, VITEST: undefined },
        timeoutMs: 1_800_000,
      },
    );
    const { testResults, numPassedTests } = JSON.parse(await readFile(report, "utf8"));
    const failed = testResults
      .filter((file: { status: string }) => file.status !== "passed")
      .map((file: { name: string }) => file.name);
    expect(failed).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(100);
    expect(finished.status).toBe(0);
  });
});
