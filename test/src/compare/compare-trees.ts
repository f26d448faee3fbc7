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
  /**
   * Seconds since 1970. A time from here to `buildEnd` is "now": set by the clock while COPY or RUN wrote, so all such
   * are equal. Any other time was chosen, by a context, an archive or a RUN, and must be the same to the second.
   */
  readonly buildStart: number;
  /** Default: never. A time after it is no clock's. */
  readonly buildEnd?: number;
  /** Folders whose time counts always: a RUN has set it. */
  readonly folderTimes?: readonly string[];
}

/** Times of folders count only where neither side has "now": such folders are made or written to on the way. */
export function compareTrees(buildah: Tree, tsbuild: Tree, options: CompareTreesOptions): Difference[] {
  const paths = [...new Set([...buildah.keys(), ...tsbuild.keys()])].sort();
  return paths.flatMap((path) => {
    const [theirs, ours] = [buildah.get(path), tsbuild.get(path)];
    if (theirs === undefined || ours === undefined) return [presence(path, theirs, ours)];
    return properties.flatMap((property) => {
      const [a, b] = [show(theirs, property, options), show(ours, property, options)];
      if (a === b) return [];
      const isLoose = ours.kind === "directory" && !options.folderTimes?.includes(path);
      if (property === "modified" && isLoose && (a === "now" || b === "now")) return [];
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

function show(
  node: TreeNode,
  property: (typeof properties)[number],
  { buildStart, buildEnd = Infinity }: CompareTreesOptions,
): string | undefined {
  if (property === "modified") {
    const isNow = node.modified >= buildStart && node.modified <= buildEnd;
    return isNow ? "now" : String(node.modified);
  }
  const value = node[property];
  return value === undefined ? undefined : String(value);
}
