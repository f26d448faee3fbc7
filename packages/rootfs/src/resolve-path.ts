// Finding what a path means inside a root: symbolic links are followed, and none leads outside.
import type { Entry } from "@tsbuild/layer";
import { joinPath, parentPath } from "./path-names.ts";
import { RootFsError } from "./rootfs-error.ts";
import type { Tree } from "./tree.ts";

/** As many links as BuildKit follows (containerd's continuity). */
const maximumLinks = 255;

export interface ResolveOptions {
  /** Follow a symbolic link in the last place (default true). */
  readonly followLast?: boolean;
  /** The folder that a relative path starts from (default: the root). It may contain links itself. */
  readonly base?: string;
}

export interface Resolved {
  /** Canonical and inside the root, with the missing components at its end. */
  readonly path: string;
  /** What is there; undefined when something is missing. */
  readonly entry?: Entry;
  /** The components at the end of `path` that don't exist. */
  readonly missing: readonly string[];
}

/**
 * Resolves `path` in `tree` as the kernel would in a process whose root is the tree: absolute links start at the
 * tree's root, `..` stops there. Throws RootFsError LINK_LOOP, and NOT_A_DIRECTORY when the path goes on below a file.
 */
export function resolvePath(tree: Pick<Tree, "get">, path: string, options: ResolveOptions = {}): Resolved {
  const followLast = options.followLast ?? true;
  const start = path.startsWith("/") || options.base === undefined ? path : `${options.base}/${path}`;
  // Components still to walk, the next one last.
  const todo = start.split("/").reverse();
  const missing: string[] = [];
  let at = "";
  let entry: Entry | undefined = tree.get("");
  let links = 0;
  while (todo.length > 0) {
    const name = todo.pop();
    if (name === undefined || name === "" || name === ".") continue;
    if (name === "..") {
      if (missing.length > 0) missing.pop();
      else at = parentPath(at);
      if (missing.length === 0) entry = tree.get(at);
      continue;
    }
    if (missing.length > 0) {
      missing.push(name);
      continue;
    }
    if (entry !== undefined && entry.kind !== "directory") throw notADirectory(path, at);
    const next = joinPath(at, name);
    const found = tree.get(next);
    if (found === undefined) {
      missing.push(name);
      entry = undefined;
      continue;
    }
    if (found.kind === "symlink" && (followLast || hasComponents(todo))) {
      links += 1;
      if (links > maximumLinks) {
        throw new RootFsError("LINK_LOOP", `Cannot resolve "/${trim(path)}": too many symbolic links`, {
          path,
        });
      }
      for (const part of found.target.split("/").reverse()) todo.push(part);
      if (found.target.startsWith("/")) {
        at = "";
        entry = tree.get("");
      }
      continue;
    }
    at = next;
    entry = found;
  }
  if (missing.length > 0) return { path: joinPath(at, missing.join("/")), missing };
  return entry === undefined ? { path: at, missing } : { path: at, entry, missing };
}

function hasComponents(todo: readonly string[]): boolean {
  return todo.some((name) => name !== "" && name !== ".");
}

function notADirectory(path: string, at: string): RootFsError {
  return new RootFsError("NOT_A_DIRECTORY", `Cannot resolve "/${trim(path)}": "/${at}" is not a directory`, {
    path,
    at,
  });
}

function trim(path: string): string {
  return path.replace(/^\/+/u, "");
}
