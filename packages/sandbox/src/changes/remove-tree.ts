// Removes a tree whatever is in it: folders that nobody may enter, names that are no text, folders nested so deep that no
// path reaches them. A small one goes at once; for others rm(1) does it, beside whatever else is going on.
import { Buffer } from "node:buffer";
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { resolve } from "node:path";
import { encodeName } from "@tsbuild/layer";
import { runTool } from "../tools/run-tool.ts";

/** So many entries take less time than to start a program. */
const few = 200;

/** Nothing being there is fine. A symbolic link is removed, not what it leads to. Throws when something stays. */
export async function removeTree(path: string): Promise<void> {
  const target = resolve(path);
  if (removeFew(encodeName(target))) return;
  const first = await runTool("rm", ["-rf", "--", target]);
  if (first.status === 0) return;
  // Someone who is not root cannot empty a folder without having the right to.
  await runTool("chmod", ["-R", "u+rwx", "--", target]);
  const second = await runTool("rm", ["-rf", "--", target]);
  if (second.status === 0) return;
  throw new Error(`Cannot remove ${target}: ${second.stderr.trim()}; remove it by hand`);
}

/** Whether all is gone. */
function removeFew(path: Buffer): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    if (!stats.isDirectory()) unlinkSync(path);
    else emptyFolder(path, { left: few });
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Empties and removes the folder as long as there are not too many entries. */
function emptyFolder(path: Buffer, budget: { left: number }): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: "buffer" })) {
    if (--budget.left < 0) return;
    const child = Buffer.concat([path, Buffer.from("/"), entry.name]);
    if (entry.isDirectory()) emptyFolder(child, budget);
    else unlinkSync(child);
  }
  if (budget.left >= 0) rmdirSync(path);
}
