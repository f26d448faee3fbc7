// Lays a case's context out in a folder of its own, the same on every machine: git keeps neither modes nor times, and
// `setup.sh` makes what it cannot hold at all (links, odd names, special modes, large files).
import { chmodSync, existsSync, lstatSync, readdirSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";
import { caseFiles, type ComparisonCase } from "./comparison-case.ts";

/** Stands for the registry's address in Dockerfiles of cases. */
export const registryInCases = "registry.test";

/** The last second of the year 2000, with a fraction that must be cut. */
const contextTime = 978_307_199.25;

/** Fills `folder`, which must be there and empty. */
export async function prepareContext(
  one: ComparisonCase,
  folder: string,
  registryAddress: string,
): Promise<void> {
  await cp(one.folder, folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) =>
      !caseFiles.includes(basename(source)) || join(one.folder, basename(source)) !== source,
  });
  for (const path of listTree(folder)) {
    const stat = lstatSync(path);
    if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() ? 0o755 : 0o644);
  }
  await writeFile(join(folder, "Dockerfile"), one.dockerfile.replaceAll(registryInCases, registryAddress));
  const setup = join(one.folder, "setup.sh");
  if (existsSync(setup)) await runOrThrow("sh", ["-eu", setup], { cwd: folder });
  // By `find` and `touch`, since names need not be UTF-8; depth first, so that folders keep the time they are given.
  await runOrThrow("find", [
    folder,
    "-depth",
    "-exec",
    "touch",
    "--no-dereference",
    `--date=@${contextTime}`,
    "{}",
    "+",
  ]);
}

function listTree(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...listTree(path)] : [path];
  });
}
