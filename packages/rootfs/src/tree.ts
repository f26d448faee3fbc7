// A tree of entries that can be asked: a root filesystem, a build context, or a few literals in a test.
import type { Entry } from "@tsbuild/layer";

/** Paths are relative to the root, without leading or trailing slash; "" is the root. */
export interface Tree {
  /**
   * What is at exactly `path`; no symbolic link is followed. A hard link comes back as the file that it shares
   * (`kind: "file"`, under the path asked for). The root of a tree that says nothing of it is a directory.
   */
  get(path: string): Entry | undefined;
  /** The direct children of the directory `path` in byte order of their names; none for anything else. */
  list(path: string): Entry[];
  /** See the function `linkGroup`. A tree without hard links may leave it out. */
  linkGroup?(path: string): string | undefined;
}

/** An id shared by all names of one file in `tree`, or undefined when the file has no other name. */
export function linkGroup(tree: Tree, entry: Entry): string | undefined {
  return entry.kind === "file" ? tree.linkGroup?.(entry.path) : undefined;
}

/** The directory that a folder has to be when nothing says what it is: 0755, root's, of 1970. */
export function impliedDirectory(path: string): Entry & { kind: "directory" } {
  return { path, kind: "directory", mode: 0o755, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };
}
