// A layer as overlayfs stacks it: a folder that says everything itself. Layers from elsewhere may leave out parent folders
// and link to files of layers below; then the folder depends on what is below, and is named by the chain of layers.
import { EntryTableBuilder, type Entry, type EntryTable } from "@tsbuild/layer";
import type { Digest } from "@tsbuild/oci";
import { baseName, impliedDirectory, joinPath, parentPath, RootFsError, type RootFs } from "@tsbuild/rootfs";

/** The additions that make a layer stand alone. */
export interface LowerForm {
  /** The layer's own table when nothing had to be added. */
  readonly changes: EntryTable;
  /** Nothing of it comes from below: the folder is the same wherever the layer lies. */
  readonly standsAlone: boolean;
  /** Other layers whose files it copies. */
  readonly borrowed: readonly Digest[];
}

/** `table` (settled: see settleLayer) as a folder on top of `below`. Throws a TypeError for a hard link to nothing. */
export function lowerForm(below: RootFs, table: EntryTable, diffId: Digest): LowerForm {
  const added = new Map<string, Entry>();
  const dropped = new Set<string>();
  for (let row = 0; row < table.length; row++) {
    const path = table.pathAt(row);
    const kind = table.kindAt(row);
    if (kind === "hardlink") addTarget(below, table, row, added);
    if (kind === "remove" && !hasFolder(below, parentPath(path))) dropped.add(path);
    if (kind === "clear" && path !== "") addFolder(below, path, added);
    addParents(below, table, path, added);
  }
  if (added.size === 0 && dropped.size === 0) return { changes: table, standsAlone: true, borrowed: [] };
  const builder = new EntryTableBuilder();
  for (const change of table.changes()) {
    if (change.kind !== "remove" || !dropped.has(change.path)) builder.add(change);
  }
  const borrowed = new Set<Digest>();
  for (const entry of added.values()) {
    builder.add({ kind: "put", entry });
    if (entry.kind === "file" && entry.content.kind === "slice" && entry.content.layer !== diffId) {
      borrowed.add(entry.content.layer);
    }
  }
  return { changes: builder.finish(), standsAlone: false, borrowed: [...borrowed] };
}

/** Whether the layer hides everything below it, as `.wh..wh..opq` in the root does. */
export function hidesAllBelow(table: EntryTable): boolean {
  return table.length > 0 && table.pathAt(0) === "" && (table.kindAt(0) === "clear" || table.isOpaque(0));
}

/** overlayfs shows a whiteout in a folder that no lower layer has as a broken file. */
function hasFolder(below: RootFs, path: string): boolean {
  return below.layers.length > 0 && below.get(path)?.kind === "directory";
}

function addParents(below: RootFs, table: EntryTable, path: string, added: Map<string, Entry>): void {
  for (let folder = parentPath(path); folder !== ""; folder = parentPath(folder)) {
    if (added.has(folder)) return;
    const row = table.find(folder);
    if (row !== -1 && table.kindAt(row) === "directory") return;
    if (row === -1) addFolder(below, folder, added);
  }
}

function addFolder(below: RootFs, path: string, added: Map<string, Entry>): void {
  const entry = below.get(path);
  added.set(path, entry?.kind === "directory" ? entry : impliedDirectory(path));
}

/** A hard link to a file of a layer below: as on any overlay, the link takes a copy of the file up, under both names. */
function addTarget(below: RootFs, table: EntryTable, row: number, added: Map<string, Entry>): void {
  const change = table.at(row);
  if (change.kind !== "put" || change.entry.kind !== "hardlink") return;
  const { path, target } = change.entry;
  if (table.find(target) !== -1) return;
  const entry = findTarget(below, target);
  if (entry === undefined || entry.kind === "directory") {
    throw new TypeError(`the hard link "/${path}" leads to "/${target}", which is not there`);
  }
  added.set(target, { ...entry, path: target });
  addParents(below, table, target, added);
}

function findTarget(below: RootFs, target: string): Entry | undefined {
  try {
    return below.get(joinPath(below.resolve(parentPath(target)).path, baseName(target)));
  } catch (error) {
    if (error instanceof RootFsError) return undefined;
    throw error;
  }
}
