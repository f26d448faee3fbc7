// The image's users and groups, read from the unpacked layer that has the file: to read them from a layer's tar, all of
// it would have to be inflated first.
import type { EntryTable } from "@tsbuild/layer";
import { maximumAccountBytes, type AccountFiles, type RootFs } from "@tsbuild/rootfs";
import type { Sandbox } from "@tsbuild/sandbox";
import { readAccounts, type FileEntry } from "../solve/read-accounts.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import type { LowerStack } from "./lower-layers.ts";

/** Not when the path is another name, in a layer above, of a file that this layer has elsewhere. */
function isThere(table: EntryTable, { path, content }: FileEntry): boolean {
  const row = table.find(path);
  const change = row === -1 ? undefined : table.at(row);
  if (change?.kind !== "put" || change.entry.kind !== "file") return false;
  const there = change.entry.content;
  return there.kind === "slice" && content.kind === "slice" && there.offset === content.offset;
}

/** The texts of /etc/passwd and /etc/group, links followed inside the root. */
export async function readAccountsFrom(
  rootfs: RootFs,
  lowers: LowerStack,
  sandbox: Sandbox,
  library: LayerLibrary,
): Promise<AccountFiles> {
  return readAccounts(rootfs, library, async (entry) => {
    if (entry.content.kind !== "slice") return undefined;
    const form = lowers.byLayer.get(entry.content.layer);
    if (form === undefined || !isThere(form.table, entry)) return undefined;
    return sandbox.readFile(form.name, entry.path, maximumAccountBytes);
  });
}
