// Changes on disk → a layer in the store, and its index beside it.
import { decodeName, EntryTableBuilder, packLayer } from "@tsbuild/layer";
import type { EntryTable } from "@tsbuild/layer";
import { digestHex } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";
import type { PackChangesOptions, PackedChanges } from "../sandbox.ts";
import { TreePaths } from "../unpack/tree-paths.ts";
import type { UpperChanges } from "./upper-changes.ts";

/**
 * Packs what a scan has found, which must still be there as it was.
 * @throws {LayerError} `FILE_CHANGED`, `FILE_UNREADABLE`, `ENTRY_INVALID`
 * @throws {StoreError} `NO_SPACE`, `IO`; or the signal's reason
 */
export async function packUpper(
  changes: UpperChanges,
  store: LocalStore,
  options: PackChangesOptions = {},
): Promise<Omit<PackedChanges, "warnings">> {
  const { compression, clampMtimeSec, signal } = options;
  // Files are opened by another thread, when it comes to them.
  const paths = new TreePaths(changes.upper, { keep: true });
  try {
    const packed = await packLayer(withPathsInReach(changes.table, paths), {
      layerFile: (diffId) => {
        throw new TypeError(`Cannot open layer ${diffId}: what a process has changed is on disk`);
      },
      write: (bytes) => store.write(bytes, { signal }),
      ...(compression === undefined ? {} : { compression }),
      ...(clampMtimeSec === undefined ? {} : { clampMtimeSec }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (bytes) => options.onProgress?.(bytes),
    });
    const { descriptor, diffId, table } = packed;
    await store.derived.write("index", digestHex(diffId), table.toBytes());
    return { descriptor, diffId };
  } finally {
    paths.close();
  }
}

const longestName = "x".repeat(255);

/** The table with contents at paths that a system call takes. */
function withPathsInReach(table: EntryTable, paths: TreePaths): EntryTable {
  const builder = new EntryTableBuilder();
  const folder = (path: string): string => {
    const diskPath = paths.at(path === "" ? longestName : `${path}/${longestName}`);
    const name = typeof diskPath === "string" ? diskPath : decodeName(diskPath);
    return name.slice(0, -longestName.length);
  };
  builder.addRows(table, { content: { kind: "disk", folder } });
  return builder.finish();
}
