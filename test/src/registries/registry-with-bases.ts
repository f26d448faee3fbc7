// Where most system tests begin: a folder of their own, Debian's registry in it, and bases pushed to that.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pushBase, type BaseName } from "../bases/push-base.ts";
import { makeTemporaryFolder } from "../machine/temporary-folder.ts";
import { startDebianRegistry, type DebianRegistry } from "./debian-registry.ts";

export interface RegistryWithBases extends AsyncDisposable {
  readonly folder: string;
  readonly registry: DebianRegistry;
  /** `127.0.0.1:PORT/base/debian:1` */
  reference(base: BaseName): string;
}

export async function openRegistryWithBases(
  purpose: string,
  bases: readonly BaseName[],
): Promise<RegistryWithBases> {
  const temporary = await makeTemporaryFolder(purpose);
  await mkdir(join(temporary.path, "registry"));
  const registry = await startDebianRegistry(join(temporary.path, "registry"));
  for (const base of bases) await pushBase(base, registry.address);
  return {
    folder: temporary.path,
    registry,
    reference: (base) => `${registry.address}/base/${base}:1`,
    [Symbol.asyncDispose]: async () => {
      await registry.stop();
      await temporary[Symbol.asyncDispose]();
    },
  };
}
