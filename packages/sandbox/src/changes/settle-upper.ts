// Makes an upper folder what unpacking its layer would give, so that it can be the layer's unpacked form without a copy:
// what the layer does not have goes, and times are those of the tar. Whiteouts and opaque marks stay, for overlayfs.
import { lstatSync, lutimesSync, rmdirSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { nodeTime } from "../unpack/file-times.ts";
import { TreePaths } from "../unpack/tree-paths.ts";
import { removeTree } from "./remove-tree.ts";
import type { UpperChanges } from "./upper-changes.ts";

/** After so many entries others get a turn. */
const turnAfter = 1000;

/**
 * Settles the folder, which is as it was when it was scanned.
 * @param clampMtimeSec later times become this one: the same that the layer was packed with
 */
export async function settleUpper(
  upper: string,
  { table, leftovers }: UpperChanges,
  clampMtimeSec = Infinity,
): Promise<void> {
  const paths = new TreePaths(upper);
  try {
    // Before any times are set: this changes those of folders.
    for (const path of leftovers) await removeLeftover(upper, path, paths.at(path));
    for (let row = 0; row < table.length; row++) {
      if (row % turnAfter === turnAfter - 1) await setImmediate();
      const change = table.at(row);
      // Another name of a file has nothing to say that the first has not said.
      if (change.kind !== "put" || change.entry.kind === "hardlink") continue;
      const { path, mtimeSec } = change.entry;
      const time = nodeTime({ mtimeSec: Math.min(mtimeSec, clampMtimeSec), mtimeNsec: 0 });
      lutimesSync(paths.at(path), time, time);
    }
  } finally {
    paths.close();
  }
}

async function removeLeftover(upper: string, path: string, diskPath: string | Buffer): Promise<void> {
  // Of folders only those at the top can have anything in them: what is below others is in the list before them.
  if (!path.includes("/")) await removeTree(`${upper}/${path}`);
  else if (lstatSync(diskPath).isDirectory()) rmdirSync(diskPath);
  else unlinkSync(diskPath);
}
