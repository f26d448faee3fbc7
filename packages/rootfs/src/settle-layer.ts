// Layers from elsewhere may name `lib/x` where the layers below have `lib -> usr/lib`, without saying what `lib` is.
// Whoever unpacks such a layer follows the link, so the layer's rows are moved to where they would land.
import { createTable, EntryTable, type Change } from "@tsbuild/layer";
import { baseName, joinPath, parentPath } from "./path-names.ts";
import type { RootFs } from "./root-fs.ts";
import { RootFsError } from "./rootfs-error.ts";

/**
 * `table` as it lands on `below`: rows in folders that it does not name itself, and that are reached through symbolic
 * links below, are moved behind those links. Gives `table` itself when there is nothing to move, as in every layer made
 * by a builder. Walks all rows once.
 */
export function settleLayer(below: RootFs, table: EntryTable): EntryTable {
  const moves = movedFolders(below, table);
  if (moves.size === 0) return table;
  const moved = (path: string): string => {
    const target = moves.get(parentPath(path));
    return target === undefined ? path : joinPath(target, baseName(path));
  };
  return createTable(changesWhere(table, moved));
}

function* changesWhere(table: EntryTable, moved: (path: string) => string): Generator<Change> {
  for (const change of table.changes()) {
    if (change.kind !== "put") {
      yield { kind: change.kind, path: moved(change.path) };
      continue;
    }
    const entry = { ...change.entry, path: moved(change.entry.path) };
    if (entry.kind === "hardlink") entry.target = moved(entry.target);
    yield { kind: "put", entry };
  }
}

/** Folders without a row in `table` that are somewhere else below. */
function movedFolders(below: RootFs, table: EntryTable): Map<string, string> {
  const moves = new Map<string, string>();
  let seen = "";
  for (let row = 0; row < table.length; row++) {
    const folder = parentPath(table.pathAt(row));
    if (folder === seen || folder === "") continue;
    seen = folder;
    if (table.find(folder) !== -1 || moves.has(folder)) continue;
    const target = landingPlace(below, table, folder);
    if (target !== folder) moves.set(folder, target);
  }
  return moves;
}

function landingPlace(below: RootFs, table: EntryTable, folder: string): string {
  for (let named = parentPath(folder); named !== ""; named = parentPath(named)) {
    // The layer puts a directory of its own in place of what is below: no link of below counts under it.
    if (table.find(named) !== -1 && below.get(named)?.kind !== "directory") return folder;
  }
  try {
    return below.resolve(folder).path;
  } catch (error) {
    if (error instanceof RootFsError) return folder;
    throw error;
  }
}
