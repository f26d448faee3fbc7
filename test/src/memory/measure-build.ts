// Builds a generated context on the busybox base, pushes it, and says how much memory that took.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiledCommand } from "../command/run-tsbuild.ts";
import type { RegistryWithBases } from "../registries/registry-with-bases.ts";
import { runWithPeakMemory, type MemoryReport } from "./peak-memory.ts";

export async function measureBuild(
  place: RegistryWithBases,
  name: string,
  generate: (folder: string) => void,
): Promise<MemoryReport> {
  const context = join(place.folder, name);
  generate(join(context, "data"));
  writeFileSync(join(context, "Dockerfile"), `FROM ${place.reference("busybox")}\nCOPY data /data\n`);
  const tag = `${place.registry.address}/out/${name}:1`;
  return runWithPeakMemory([
    ...compiledCommand,
    "build",
    "--quiet",
    "--push",
    "--store",
    join(place.folder, "store"),
    "--tag",
    tag,
    context,
  ]);
}
