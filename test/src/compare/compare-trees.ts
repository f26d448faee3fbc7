// Lists what differs between two unpacked images, path by path and property by property.
import type { Difference } from "./difference.ts";
import type { Tree, TreeNode } from "./tree-node.ts";

const properties = [
  "kind",
  "mode",
  "owner",
  "size",
  "content",
  "target",
  "device",
  "sharedWith",
  "xattrs",
  "modified",
] as const;

export interface CompareTreesOptions {
  /** Seconds since 1970. A time at or after it is "now": set by the builder's clock, so all such are equal. */
  readonly buildStart: number;
}

/** Times of folders count only where both sides have a time from before the build: others are made on the way. */
export function compareTrees(
  buildah: Tree,
  tsbuild: Tree,
  { buildStart }: CompareTreesOptions,
): Difference[] {
  const paths = [...new Set([...buildah.keys(), ...tsbuild.keys()])].sort();
  return paths.flatMap((path) => {
    const [theirs, ours] = [buildah.get(path), tsbuild.get(path)];
    if (theirs === undefined || ours === undefined) return [presence(path, theirs, ours)];
    return properties.flatMap((property) => {
      const [a, b] = [show(theirs, property, buildStart), show(ours, property, buildStart)];
      if (a === b) return [];
      if (property === "modified" && ours.kind === "directory" && (a === "now" || b === "now")) return [];
      return [
        {
          where: `${path} ${property}`,
          ...(a !== undefined && { buildah: a }),
          ...(b !== undefined && { tsbuild: b }),
        },
      ];
    });
  });
}

function presence(path: string, theirs: TreeNode | undefined, ours: TreeNode | undefined): Difference {
  return { where: path, ...(theirs && { buildah: theirs.kind }), ...(ours && { tsbuild: ours.kind }) };
}

function show(node: TreeNode, property: (typeof properties)[number], buildStart: number): string | undefined {
  if (property === "modified") return node.modified >= buildStart ? "now" : String(node.modified);
  const value = node[property];
  return value === undefined ? undefined : String(value);
}
