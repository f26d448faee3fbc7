// Three commands worth killing, each on a store and a registry of its own: a COPY, a pull and a push of some megabytes.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSingleLayerImage } from "../bases/single-layer-image.ts";
import { runTsbuild } from "../command/run-tsbuild.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { fillWithNoise } from "../memory/generate-context.ts";
import type { RegistryWithBases } from "../registries/registry-with-bases.ts";
import { restoreSnapshot, saveSnapshot } from "../registries/registry-snapshot.ts";

export interface KillScenario {
  readonly name: "copy" | "pull" | "push";
  readonly store: string;
  readonly args: readonly string[];
  /** Puts store and registry back to where the command starts from. */
  reset(): Promise<void>;
}

const megabytes = 24;

export async function prepareKillScenarios(place: RegistryWithBases): Promise<KillScenario[]> {
  const { folder, registry } = place;
  await pushNoise(place);
  const context = join(folder, "context");
  await mkdir(join(context, "data"), { recursive: true });
  for (let n = 0; n < megabytes; n += 1) {
    const bytes = Buffer.alloc(1 << 20);
    fillWithNoise(bytes, n + 77);
    await writeFile(join(context, "data", `file-${n}`), bytes);
  }
  await writeFile(
    join(context, "Dockerfile"),
    `FROM ${registry.address}/base/noise:1\nCOPY data /data\nWORKDIR /made\nCOPY data/file-1 .\n`,
  );

  const [snapshot, built] = [join(folder, "registry-before"), join(folder, "store-built")];
  await saveSnapshot(registry.dataFolder, snapshot);
  const image = `${registry.address}/out/killed:1`;
  const build = (store: string): string[] => ["build", "--quiet", "--store", store, "--tag", image, context];
  await runTsbuild(build(built));

  const scenario = (
    name: KillScenario["name"],
    args: (store: string) => string[],
    before?: string,
  ): KillScenario => {
    const store = join(folder, `store-${name}`);
    return {
      name,
      store,
      args: args(store),
      reset: async () => {
        await rm(store, { recursive: true, force: true });
        if (before !== undefined) await runOrThrow("cp", ["-a", before, store]);
        await restoreSnapshot(snapshot, registry.dataFolder);
      },
    };
  };
  return [
    scenario("copy", build),
    scenario("pull", (store) => ["pull", "--store", store, `${registry.address}/base/noise:1`]),
    scenario("push", (store) => ["push", "--store", store, image], built),
  ];
}

async function pushNoise({ folder, registry }: RegistryWithBases): Promise<void> {
  const tree = join(folder, "noise");
  await mkdir(tree);
  const bytes = Buffer.alloc(megabytes << 20);
  fillWithNoise(bytes, 5);
  await writeFile(join(tree, "noise"), bytes);
  const tar = join(folder, "noise.tar");
  await runOrThrow("tar", ["--create", "--owner=0", "--group=0", "--file", tar, "--directory", tree, "."]);
  const layout = join(folder, "noise-layout");
  await writeSingleLayerImage({ tar, config: {}, folder: layout, tag: "noise" });
  const target = `docker://${registry.address}/base/noise:1`;
  await runOrThrow("skopeo", [
    "copy",
    "--quiet",
    "--insecure-policy",
    "--dest-tls-verify=false",
    `oci:${layout}:noise`,
    target,
  ]);
}
