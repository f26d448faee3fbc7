// Layers stacked by others: umoci makes an image of plain tars and unpacks it.
import { join } from "node:path";
import type { Tree } from "../compare/tree-node.ts";
import { walkTree } from "../compare/walk-tree.ts";
import { runOrThrow } from "../machine/run-program.ts";

/** The tree that these tars make, the lowest first. Only for root; `scratch` is an empty folder. */
export async function stackLayers(scratch: string, tars: readonly string[]): Promise<Tree> {
  const layout = join(scratch, "layout");
  const image = `${layout}:stacked`;
  await runOrThrow("umoci", ["init", "--layout", layout]);
  await runOrThrow("umoci", ["new", "--image", image]);
  for (const tar of tars) await runOrThrow("umoci", ["raw", "add-layer", "--image", image, tar]);
  await runOrThrow("umoci", ["unpack", "--image", image, join(scratch, "bundle")]);
  return walkTree(join(scratch, "bundle/rootfs"));
}
