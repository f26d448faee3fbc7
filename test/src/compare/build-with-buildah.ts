// One case, built by buildah: the tree from its OCI form, the config from its docker form, since the OCI form has lost
// HEALTHCHECK, SHELL and ONBUILD. RUN has chroot as isolation, since that works in containers too, and what Docker gives
// it: without these capabilities no device can be made.
import { join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";
import type { ComparedConfig } from "./compare-configs.ts";
import type { ComparisonCase } from "./comparison-case.ts";
import { unpackImage, type UnpackedImage } from "./unpacked-image.ts";
import type { Workplace } from "./workplace.ts";

const runFlags = [
  "--isolation",
  "chroot",
  "--cap-add=CAP_MKNOD,CAP_NET_RAW,CAP_AUDIT_WRITE",
  "--http-proxy=false",
];

export interface BuildPlace {
  readonly context: string;
  readonly dockerfile: string;
  /** A folder of this case's own. */
  readonly scratch: string;
}

export async function buildWithBuildah(
  one: ComparisonCase,
  { context, dockerfile, scratch }: BuildPlace,
  { buildahFlags, folder }: Workplace,
): Promise<UnpackedImage> {
  const name = `localhost/case/${one.name}:1`;
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  await runOrThrow("buildah", [
    ...buildahFlags,
    ...["bud", "--quiet", "--tls-verify=false", ...runFlags, "--format", "docker"],
    ...["--identity-label=false", "--pull=ifnewer", "--file", dockerfile, "--tag", name],
    ...pairs("--build-arg", one.buildArgs),
    ...pairs("--label", one.labels),
    ...(one.target === undefined ? [] : ["--target", one.target]),
    context,
  ]);
  const layout = join(folder, "buildah-images");
  await runOrThrow("buildah", [
    ...buildahFlags,
    "push",
    "--quiet",
    "--format",
    "oci",
    name,
    `oci:${layout}:${one.name}`,
  ]);
  const inspected = await runOrThrow("buildah", [...buildahFlags, "inspect", "--type", "image", name]);
  const { Docker: config }: { Docker: ComparedConfig } = JSON.parse(inspected);
  const { tree } = await unpackImage(layout, one.name, join(scratch, "buildah-rootfs"));
  return { tree, config };
}
