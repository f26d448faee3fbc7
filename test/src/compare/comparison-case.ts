// A case of the comparison: a folder with a Dockerfile, its context, and what is peculiar about it.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { AcceptedDifference } from "./difference.ts";

/** `case.json`, all of it optional. */
interface CaseSettings {
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Besides busybox, which is always there. */
  readonly bases?: readonly ("debian" | "large")[];
  /** Folders whose time a RUN sets: it counts even where one side has the time of the build. */
  readonly folderTimes?: readonly string[];
  /** Where BuildKit differs from buildah, what tsbuild must have, and why. */
  readonly accept?: readonly AcceptedDifference[];
}

export interface ComparisonCase extends CaseSettings {
  readonly name: string;
  readonly folder: string;
  readonly dockerfile: string;
  /**
   * The same image in words that this buildah understands (`Dockerfile.buildah`), for what it cannot do at all:
   * here-documents, symbolic modes, `--exclude`; or may not do here: a RUN that looks at what its isolation lacks (the
   * host's name, open files, what is written to /dev).
   */
  readonly dockerfileForBuildah?: string;
}

/** Files of a case's folder that are about the case and not part of its context. */
export const caseFiles: readonly string[] = ["case.json", "setup.sh", "Dockerfile.buildah"];

export async function loadCase(folder: string): Promise<ComparisonCase> {
  const settingsPath = join(folder, "case.json");
  const forBuildah = join(folder, "Dockerfile.buildah");
  const settings: CaseSettings = existsSync(settingsPath)
    ? JSON.parse(await readFile(settingsPath, "utf8"))
    : {};
  const known = ["target", "buildArgs", "labels", "bases", "folderTimes", "accept"];
  const unknown = Object.keys(settings).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`Cannot load ${settingsPath}: unknown ${unknown.join(", ")}`);
  return {
    ...settings,
    name: basename(folder),
    folder,
    dockerfile: await readFile(join(folder, "Dockerfile"), "utf8"),
    ...(existsSync(forBuildah) && { dockerfileForBuildah: await readFile(forBuildah, "utf8") }),
  };
}
