// The comparison by hand: node test/src/compare/compare.ts test/dockerfiles/copy-file [more cases]
import { resolve } from "node:path";
import { compareCase } from "./compare-case.ts";
import { loadCase } from "./comparison-case.ts";
import { formatVerdict } from "./difference.ts";
import { openWorkplace } from "./workplace.ts";

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error("usage: node test/src/compare/compare.ts CASE-FOLDER...");
  process.exit(2);
}
const cases = await Promise.all(folders.map((folder) => loadCase(resolve(folder))));
const workplace = await openWorkplace(["busybox", ...cases.flatMap((one) => one.bases ?? [])]);
try {
  for (const one of cases) {
    const difference = await compareCase(one, workplace).then(formatVerdict, String);
    console.log(difference === "" ? `${one.name}: the same` : `${one.name}: different\n${difference}`);
    if (difference !== "") process.exitCode = 1;
  }
} finally {
  await workplace[Symbol.asyncDispose]();
}
