// The image's users and groups, read from the unpacked layer that has the file: to read them from a layer's tar, all of
// it would have to be inflated first.
import { maximumAccountBytes, type AccountFiles, type RootFs } from "@tsbuild/rootfs";
import type { Sandbox } from "@tsbuild/sandbox";
import { readAccounts } from "../solve/read-accounts.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import type { LowerStack } from "./lower-layers.ts";

/** The texts of /etc/passwd and /etc/group, links followed inside the root. */
export async function readAccountsFrom(
  rootfs: RootFs,
  lowers: LowerStack,
  sandbox: Sandbox,
  library: LayerLibrary,
): Promise<AccountFiles> {
  return readAccounts(rootfs, library, async (entry) => {
    if (entry.content.kind !== "slice") return undefined;
    const name = lowers.byLayer.get(entry.content.layer);
    return name === undefined ? undefined : sandbox.readFile(name, entry.path, maximumAccountBytes);
  });
}
