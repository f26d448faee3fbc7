// What all cases of a comparison share: a registry with the bases in it, buildah's storage and tsbuild's store, so
// that a base is pulled once and not once per case.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pushBase, type BaseName } from "../bases/push-base.ts";
import { runProgram } from "../machine/run-program.ts";
import { makeTemporaryFolder } from "../machine/temporary-folder.ts";
import { startDebianRegistry } from "../registries/debian-registry.ts";

export interface Workplace extends AsyncDisposable {
  readonly folder: string;
  readonly registryAddress: string;
  /** Global flags of buildah that make it use storage of its own. */
  readonly buildahFlags: readonly string[];
  readonly store: string;
  /** Seconds since 1970, before anything was built: steps that an earlier case left in the cache are of now too. */
  readonly buildStart: number;
}

export async function openWorkplace(bases: readonly BaseName[]): Promise<Workplace> {
  const buildStart = Math.floor(Date.now() / 1000) - 1;
  const temporary = await makeTemporaryFolder("compare");
  const folder = temporary.path;
  await mkdir(join(folder, "registry"));
  const registry = await startDebianRegistry(join(folder, "registry"));
  for (const base of new Set(bases)) await pushBase(base, registry.address, base);
  const buildahFlags = [
    "--root",
    join(folder, "buildah"),
    "--runroot",
    join(folder, "buildah-run"),
    "--storage-driver",
    "overlay",
  ];
  return {
    folder,
    registryAddress: registry.address,
    buildahFlags,
    store: join(folder, "store"),
    buildStart,
    [Symbol.asyncDispose]: async () => {
      await registry.stop();
      // Lets go of the overlay mounts that would keep the folder from being deleted.
      await runProgram("umount", ["--recursive", "--lazy", join(folder, "buildah", "overlay")]);
      await temporary[Symbol.asyncDispose]();
    },
  };
}
