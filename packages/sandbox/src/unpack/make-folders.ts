// Folders are made first and finished last: whatever is made in one changes its time, and its mode may forbid it.
import { chmodSync, lchownSync, lutimesSync, mkdirSync } from "node:fs";
import { nodeTime } from "./file-times.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** In table order: parents come first. */
export function makeFolder(work: UnpackWork, row: number): void {
  const path = work.table.pathAt(row);
  if (path !== "") mkdirSync(work.paths.at(path), folderMode(work.table.modeAt(row)));
}

/** In reverse table order: from the leaves up. */
export function finishFolder(work: UnpackWork, row: number): void {
  const entry = work.entryAt(row);
  const path = work.paths.at(entry.path);
  const { creator } = work;
  const isRoot = entry.path === ""; // which somebody else has made
  if (isRoot || !creator.isOwner(entry.uid, entry.gid)) lchownSync(path, entry.uid, entry.gid);
  if (isRoot || folderMode(entry.mode) !== entry.mode || !creator.gives(entry.mode))
    chmodSync(path, entry.mode);
  const time = nodeTime(entry);
  lutimesSync(path, time, time);
  if (entry.mtimeNsec !== 0) work.fineFolderTimes.push(row);
}

/** One that lets us work in the folder meanwhile. */
function folderMode(mode: number): number {
  return (mode & 0o777) | 0o700;
}
