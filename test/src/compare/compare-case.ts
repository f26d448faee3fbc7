// Builds one case with both builders from one and the same context, and says what differs.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildWithBuildah } from "./build-with-buildah.ts";
import { buildWithTsbuild } from "./build-with-tsbuild.ts";
import { withoutLeftovers } from "./buildah-leftovers.ts";
import { compareConfigs } from "./compare-configs.ts";
import { compareTrees } from "./compare-trees.ts";
import type { ComparisonCase } from "./comparison-case.ts";
import { judge, type Verdict } from "./difference.ts";
import { prepareContext, registryInCases } from "./prepare-context.ts";
import type { Workplace } from "./workplace.ts";

export async function compareCase(one: ComparisonCase, workplace: Workplace): Promise<Verdict> {
  const scratch = await mkdtemp(join(workplace.folder, `${one.name}-`));
  const context = join(scratch, "context");
  try {
    await mkdir(context);
    await prepareContext(one, context, workplace.registryAddress);
    const forTsbuild = join(context, "Dockerfile");
    const forBuildah = await writeForBuildah(one, scratch, workplace.registryAddress);
    const builds = [
      buildWithBuildah(one, { context, dockerfile: forBuildah ?? forTsbuild, scratch }, workplace),
      buildWithTsbuild(one, { context, dockerfile: forTsbuild, scratch }, workplace),
    ] as const;
    // Both end before anything is cleared away, also when one fails.
    await Promise.allSettled(builds);
    const [buildah, tsbuild] = await Promise.all(builds);
    const { buildStart } = workplace;
    const buildEnd = Math.ceil(Date.now() / 1000);
    const theirs = withoutLeftovers(buildah.tree, tsbuild.tree, buildStart);
    const { folderTimes = [], accept = [] } = one;
    const found = [
      ...compareConfigs(buildah.config, tsbuild.config),
      ...compareTrees(theirs, tsbuild.tree, { buildStart, buildEnd, folderTimes }),
    ];
    return judge(found, accept);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeForBuildah(
  { dockerfileForBuildah }: ComparisonCase,
  scratch: string,
  registryAddress: string,
): Promise<string | undefined> {
  if (dockerfileForBuildah === undefined) return undefined;
  const path = join(scratch, "Dockerfile.buildah");
  await writeFile(path, dockerfileForBuildah.replaceAll(registryInCases, registryAddress));
  return path;
}
