// Which paths of a source a word of COPY means: Go's filepath.Match on paths relative to the longest prefix without
// wildcards. https://github.com/tonistiigi/fsutil (copy.ResolveWildcards)
import { matchPath, suggest } from "@tsbuild/dockerfile";
import { RootFsError, joinPath, parentPath, resolvePath, type Resolved, type Tree } from "@tsbuild/rootfs";
import { cleanPath } from "./clean-path.ts";
import { CopyError } from "./copy-error.ts";
import type { SourceTree } from "./source-tree.ts";

/** A path that was found: not followed, when it is a link. */
export interface SourceMatch {
  readonly path: string;
  readonly byWildcard: boolean;
}

/** Has `*`, `?` or `[` that is not escaped. */
export function hasWildcards(text: string): boolean {
  return /^(?:[^\\*?[]|\\.)*[*?[]/su.test(text);
}

/**
 * The paths that `pattern` means in `tree`, in tree order. Without wildcards: the path, whether it exists or not. With
 * wildcards: perhaps none. Throws CopyError COPY_SOURCE_MISSING when the folder before the wildcards does not exist.
 */
export function matchSources(tree: SourceTree, pattern: string): SourceMatch[] {
  const parts = cleanPath(pattern).split("/");
  const first = parts.findIndex(hasWildcards);
  if (first === -1) return [{ path: parts.join("/"), byWildcard: false }];
  const folder = findSource(tree, parts.slice(0, first).join("/"), pattern);
  const found: SourceMatch[] = [];
  collectMatches(tree, folder.path, "", parts.slice(first), (path) => found.push({ path, byWildcard: true }));
  return found;
}

/**
 * What `path` means in `tree`, with symbolic links followed inside it. Throws CopyError COPY_SOURCE_MISSING or
 * COPY_SOURCE_INVALID; `written` is the word in the Dockerfile.
 */
export function findSource(
  tree: SourceTree,
  path: string,
  written: string,
): Resolved & Required<Pick<Resolved, "entry">> {
  const resolved = resolveSource(tree, path, written);
  const { entry } = resolved;
  if (entry !== undefined) return { ...resolved, entry };
  throw missingSource(tree, path, resolved.path, written);
}

function resolveSource(tree: Tree, path: string, written: string): Resolved {
  try {
    return resolvePath(tree, path);
  } catch (cause) {
    if (!(cause instanceof RootFsError)) throw cause;
    if (cause.code === "NOT_A_DIRECTORY") throw missingSource(tree, path, path, written, { cause });
    throw new CopyError(
      "COPY_SOURCE_INVALID",
      `Cannot copy "${written}": too many symbolic links`,
      { path: `/${path}` },
      { cause },
    );
  }
}

/** The error for a source that is not there: says what is, and whether an ignore rule hides it. */
function missingSource(
  tree: SourceTree,
  path: string,
  target: string,
  written: string,
  options?: ErrorOptions,
): CopyError {
  const facts: Record<string, string> = { path: `/${path}` };
  const pattern = tree.ignoredBy?.(target);
  if (pattern !== undefined) {
    facts["pattern"] = pattern;
    const reason = `"/${target}" is excluded by the ignore pattern "${pattern}"`;
    return new CopyError("COPY_SOURCE_MISSING", `Cannot copy "${written}": ${reason}`, facts, options);
  }
  let nearest = parentPath(target);
  while (nearest !== "" && tree.get(nearest) === undefined) nearest = parentPath(nearest);
  facts["nearest"] = `/${nearest}`;
  const link = target === path ? "" : ` (where "/${path}" leads)`;
  const reason = `"/${target}"${link} not found; ${nearestTo(tree, target, nearest)}`;
  return new CopyError("COPY_SOURCE_MISSING", `Cannot copy "${written}": ${reason}`, facts, options);
}

/** What there is instead: a name that differs little, or how far the path does lead. */
function nearestTo(tree: Tree, target: string, folder: string): string {
  const skip = folder === "" ? 0 : folder.length + 1;
  const [wanted = ""] = target.slice(skip).split("/", 1);
  const isFolder = folder === "" || tree.get(folder)?.kind === "directory";
  const names = isFolder ? tree.list(folder).map((entry) => entry.path.slice(skip)) : [];
  // Between very short names everything is near.
  const near =
    names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ??
    (wanted.length > 2 ? suggest(wanted, names) : undefined);
  return near === undefined
    ? `the nearest path that exists is "/${folder}"`
    : `did you mean "/${joinPath(folder, near)}"?`;
}

/** Walks `folder`; `relative` is the path so far below the folder where the pattern starts. */
function collectMatches(
  tree: Tree,
  folder: string,
  relative: string,
  parts: readonly string[],
  found: (path: string) => void,
): void {
  const depth = relative === "" ? 0 : relative.split("/").length;
  // A bracket can match a slash too: only without brackets does each part of the pattern belong to a part of the path.
  const brackets = parts.join("/").split("[").length - 1;
  const byParts = brackets === 0;
  for (const entry of tree.list(folder)) {
    const name = entry.path.slice(folder === "" ? 0 : folder.length + 1);
    const path = joinPath(relative, name);
    if (byParts && !matches(parts[depth] ?? "", name)) continue;
    if (byParts ? depth + 1 === parts.length : matches(parts.join("/"), path)) found(entry.path);
    else if (entry.kind === "directory" && depth + 1 < parts.length + brackets) {
      collectMatches(tree, entry.path, path, parts, found);
    }
  }
}

/** A pattern that is broken matches nothing, as in BuildKit. */
function matches(pattern: string, name: string): boolean {
  try {
    return matchPath(pattern, name);
  } catch {
    return false;
  }
}
