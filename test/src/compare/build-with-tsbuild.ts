// One case, built by the real command into an OCI layout.
import { join } from "node:path";
import { runTsbuild } from "../command/run-tsbuild.ts";
import type { BuildPlace } from "./build-with-buildah.ts";
import type { ComparisonCase } from "./comparison-case.ts";
import { unpackImage, type UnpackedImage } from "./unpacked-image.ts";
import type { Workplace } from "./workplace.ts";

export async function buildWithTsbuild(
  one: ComparisonCase,
  { context, dockerfile, scratch }: BuildPlace,
  { store }: Workplace,
): Promise<UnpackedImage> {
  const layout = join(scratch, "tsbuild-image");
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  await runTsbuild([
    ...["build", "--quiet", "--store", store, "--file", dockerfile, "--tag", "case:1"],
    ...["--output", `type=oci,dest=${layout},tar=false,name=case:1`],
    ...pairs("--build-arg", one.buildArgs),
    ...pairs("--label", one.labels),
    ...(one.target === undefined ? [] : ["--target", one.target]),
    context,
  ]);
  return unpackImage(layout, "1", join(scratch, "tsbuild-rootfs"));
}
