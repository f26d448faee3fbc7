// What buildah's steps leave in an image by themselves: the empty files and folders that it has mounted something on
// for them. BuildKit takes them away again, and so must tsbuild.
import type { Tree, TreeNode } from "./tree-node.ts";

const mountPoints = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
/** Made for the mount points where an image has no such folder. */
const parents = ["/etc", "/run"];

/**
 * Buildah's tree without them. What is there before the build, or is not as buildah makes it, stays; so does what only
 * tsbuild has of it: that is a difference.
 */
export function withoutLeftovers(buildah: Tree, tsbuild: Tree, buildStart: number): Tree {
  const left = new Map(buildah);
  for (const path of mountPoints) if (isLeftover(left, path, buildStart)) left.delete(path);
  for (const path of parents) {
    if (!tsbuild.has(path) && isLeftover(left, path, buildStart)) left.delete(path);
  }
  return left;
}

function isLeftover(tree: Tree, path: string, buildStart: number): boolean {
  const node = tree.get(path);
  if (node === undefined || node.modified < buildStart || node.mode !== "0755" || node.owner !== "0:0")
    return false;
  return isEmpty(tree, node);
}

function isEmpty(tree: Tree, { path, kind, size }: TreeNode): boolean {
  if (kind === "file") return size === 0;
  return kind === "directory" && [...tree.keys()].every((other) => !other.startsWith(`${path}/`));
}
