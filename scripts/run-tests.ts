// `npm test`: installs what tests need where that is allowed, says what is skipped and why where it is not, compiles,
// and runs the unit and system tests (`--long`: those that take long too). The last line is the count.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { whatIsMissing } from "../test/src/machine/requirement.ts";
import { testRequirements } from "../test/src/machine/test-requirements.ts";
import { countResults, formatCounts } from "./tests/count-results.ts";
import { installPackages, missingPackages, whyNotInstall } from "./tests/debian-packages.ts";

const checkout = join(import.meta.dirname, "..");
const reportPath = join(checkout, ".cache/test-report.json");
const { values, positionals } = parseArgs({
  options: { long: { type: "boolean", default: false }, "no-install": { type: "boolean", default: false } },
  allowPositionals: true,
});

prepareMachine(values["no-install"]);
for (const [title, requirements] of Object.entries(testRequirements)) {
  const reason = whatIsMissing(requirements);
  if (reason !== undefined) console.log(`Will skip "${title}": ${reason}.`);
}

console.log("Compile: tsc -b");
const compiled = run("tsc", ["-b"]);

mkdirSync(join(checkout, ".cache"), { recursive: true });
rmSync(reportPath, { force: true });
const projects = values.long ? ["unit", "system", "long"] : ["unit", "system"];
const tested = run("vitest", [
  "run",
  ...projects.flatMap((project) => ["--project", project]),
  ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`],
  ...positionals,
]);

const counts = countResults(reportPath);
const failed = counts.failed + (compiled ? 0 : 1);
console.log(formatCounts({ ...counts, failed: failed === 0 && !tested ? 1 : failed }));
process.exitCode = compiled && tested && failed === 0 ? 0 : 1;

function prepareMachine(isForbidden: boolean): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const reason = isForbidden ? "--no-install was given" : whyNotInstall();
  if (reason !== undefined) {
    console.log(`Not installed, since ${reason}: ${missing.join(" ")}`);
    return;
  }
  console.log(`Install Debian packages: ${missing.join(" ")}`);
  installPackages(missing);
}

/** A tool of this checkout. */
function run(tool: string, args: readonly string[]): boolean {
  const path = `${join(checkout, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
  return (
    spawnSync(tool, args, {
      cwd: checkout,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PATH: path },
    }).status === 0
  );
}
