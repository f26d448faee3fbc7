// Symbolic and hard links. The target of a symbolic link is text, kept as it is; that of a hard link is looked up in the
// index and must be what we have made.
import { lchownSync, linkSync, lutimesSync, symlinkSync } from "node:fs";
import { encodeName } from "@tsbuild/layer";
import { nodeTime } from "./file-times.ts";
import { TreePaths } from "./tree-paths.ts";
import { cannotUnpack } from "./unpack-failure.ts";
import type { UnpackWork } from "./unpack-work.ts";

export function makeSymlink(work: UnpackWork, row: number): void {
  const entry = work.entryAt(row);
  if (entry.kind !== "symlink") throw new TypeError(`Row ${row} is no symbolic link`);
  const path = work.paths.at(entry.path);
  symlinkSync(entry.target.isWellFormed() ? entry.target : encodeName(entry.target), path);
  if (!work.creator.isOwner(entry.uid, entry.gid)) lchownSync(path, entry.uid, entry.gid);
  const time = nodeTime(entry);
  lutimesSync(path, time, time);
  if (entry.mtimeNsec !== 0) work.fineTimes.push(row);
}

/** Makes further names of what is there; names of devices that were left out are left out too. */
export async function makeHardLinks(
  work: UnpackWork,
  rows: readonly number[],
  omitted: ReadonlySet<number>,
): Promise<void> {
  // Both paths are needed at the same time, and one may be long.
  const targets = new TreePaths(work.folder);
  try {
    await work.forEach(rows, (row) => {
      const target = linkedRow(work, row);
      if (omitted.has(target)) return;
      linkSync(targets.at(work.table.pathAt(target)), work.paths.at(work.table.pathAt(row)));
    });
  } finally {
    targets.close();
  }
}

/** The row of what a hard link, or a chain of them, is a name of. */
function linkedRow(work: UnpackWork, row: number): number {
  const { table } = work;
  let at = row;
  for (let steps = 0; steps <= table.length; steps++) {
    const entry = work.entryAt(at);
    if (entry.kind !== "hardlink") {
      if (entry.kind === "directory") throw refused(work, row, `${quote(entry.path)} is a folder`);
      return at;
    }
    at = table.find(entry.target);
    if (at < 0 || table.kindAt(at) === "remove" || table.kindAt(at) === "clear")
      throw refused(work, row, `its layer has no ${quote(entry.target)}`);
  }
  throw refused(work, row, "it leads back to itself");
}

function refused(work: UnpackWork, row: number, reason: string): Error {
  return cannotUnpack(work.table.pathAt(row), `it is a hard link, and ${reason}`);
}

function quote(path: string): string {
  return JSON.stringify(path);
}
