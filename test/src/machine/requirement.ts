// Whether the machine has what a test needs, and what is missing where it has not.
import { spawnSync } from "node:child_process";
import { missingPrograms } from "./find-program.ts";
import { testRequirements, type Requirements, type TestTitle } from "./test-requirements.ts";

/** Undefined when all is there; else the reason in a few words. */
export function whatIsMissing({
  programs = [],
  root = false,
  namespaces = false,
}: Requirements): string | undefined {
  const missing = missingPrograms(programs);
  if (missing.length > 0) return `needs ${missing.join(", ")}`;
  if (root && !isRoot()) return "needs root";
  if (namespaces && !canMakeNamespaces()) return "needs user namespaces";
  return undefined;
}

/** For `describe.skipIf`. */
export function cannotRun(title: TestTitle): boolean {
  return whatIsMissing(testRequirements[title]) !== undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function canMakeNamespaces(): boolean {
  return (
    spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"], { stdio: "ignore" }).status === 0
  );
}
