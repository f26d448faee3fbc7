// What a COPY takes from its source, before it is known where it goes: enough for its cache key, and for knowing which
// files of the context have to be read.
import type { Entry } from "@tsbuild/layer";
import { baseName, joinPath, linkGroup } from "@tsbuild/rootfs";
import { cleanPath } from "./clean-path.ts";
import { CopyError } from "./copy-error.ts";
import { createCopyFilter, type CopyFilter } from "./copy-filter.ts";
import { findSource, hasWildcards, matchSources } from "./match-sources.ts";
import type { SourceTree } from "./source-tree.ts";

/** A here-document as the file that it is in the image. */
interface HeredocSource {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SelectRequest {
  readonly source: SourceTree;
  /** The sources as written, with variables expanded. */
  readonly patterns: readonly string[];
  /** The source is the build context: owners are taken as 0:0. */
  readonly isContext: boolean;
  /** `--exclude`: patterns relative to each thing that is copied. */
  readonly excludes?: readonly string[];
  /** `--parents`. */
  readonly parents?: boolean;
  readonly heredocs?: readonly HeredocSource[];
  /** The time of files made from here-documents. */
  readonly createdMtimeSec: number;
}

/** One thing that is copied: a file, or a folder whose contents are. */
export interface SelectedRoot {
  /** What a file is called when the destination is a folder: the name of the link where a link was followed. */
  readonly name: string;
  /** With the path in the source where it really is. */
  readonly entry: Entry;
  /** Undefined: everything. */
  readonly filter: CopyFilter | undefined;
}

export interface Selection {
  readonly source: SourceTree;
  readonly isContext: boolean;
  readonly roots: readonly SelectedRoot[];
}

/** One entry below a root. */
export interface SelectedItem {
  /** Path below the root; "" is the root. */
  readonly relative: string;
  readonly entry: Entry;
  /** Not selected itself, but needed because something in it is. Always a folder. */
  readonly isParent: boolean;
  /** The file's other names in the source: see `linkGroup`. */
  readonly group: string | undefined;
}

/**
 * Finds what to copy. Throws CopyError COPY_SOURCE_MISSING or COPY_SOURCE_INVALID. A wildcard that matches nothing is
 * fine and selects nothing.
 */
export function selectSources(request: SelectRequest): Selection {
  const roots = request.patterns.flatMap((pattern) =>
    request.parents === true ? selectWithParents(request, pattern) : selectPlain(request, pattern),
  );
  for (const { name, bytes } of request.heredocs ?? []) {
    roots.push({
      name: baseName(name),
      entry: heredocEntry(name, bytes, request.createdMtimeSec),
      filter: undefined,
    });
  }
  return { source: request.source, isContext: request.isContext, roots };
}

function selectPlain(request: SelectRequest, pattern: string): SelectedRoot[] {
  const filter = createCopyFilter({ excludes: request.excludes ?? [] });
  const roots: SelectedRoot[] = [];
  for (const match of matchSources(request.source, pattern)) {
    const { entry } = findSource(request.source, match.path, pattern);
    const name = baseName(match.path);
    // The documentation of --exclude promises this; a file that is named in full is copied all the same.
    if (match.byWildcard && entry.kind !== "directory" && filter?.excludes(name) === true) continue;
    roots.push({ name, entry, filter: entry.kind === "directory" ? filter : undefined });
  }
  return roots;
}

/** `a/./b/c` copies `b/c` with its folders from `a`; without `/./` everything is relative to the source's root. */
function selectWithParents(request: SelectRequest, pattern: string): SelectedRoot[] {
  const { source } = request;
  const pivot = pattern.indexOf("/./");
  const base = pivot === -1 ? "" : pattern.slice(0, pivot);
  const include = cleanPath(pivot === -1 ? pattern : pattern.slice(pivot + 3));
  const filter = createCopyFilter({ excludes: request.excludes ?? [], include });
  const isLiteral = include !== "" && !hasWildcards(base) && !hasWildcards(include);
  const roots: SelectedRoot[] = [];
  for (const match of matchSources(source, base)) {
    const { entry } = findSource(source, match.path, pattern);
    if (isLiteral && source.get(joinPath(entry.path, include)) === undefined) {
      throw missingWithParents(source, joinPath(entry.path, include), pattern);
    }
    roots.push({ name: baseName(match.path), entry, filter });
  }
  return roots;
}

function missingWithParents(source: SourceTree, path: string, pattern: string): CopyError {
  const found = findSource(source, path, pattern);
  const reason = `"/${path}" is reached through a symbolic link, which --parents does not follow`;
  return new CopyError("COPY_SOURCE_INVALID", `Cannot copy "${pattern}": ${reason}; name "/${found.path}"`, {
    path: `/${path}`,
    target: `/${found.path}`,
  });
}

function heredocEntry(name: string, bytes: Uint8Array, mtimeSec: number): Entry {
  const content = { kind: "bytes" as const, bytes };
  const size = bytes.length;
  return {
    path: cleanPath(name),
    kind: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSec,
    mtimeNsec: 0,
    size,
    content,
  };
}

/** Everything of a root that is copied, in tree order; folders come before what is in them. */
export function* selectedItems(selection: Selection, root: SelectedRoot): Generator<SelectedItem> {
  const { source } = selection;
  const { filter } = root;
  yield { relative: "", entry: root.entry, isParent: false, group: groupOf(source, root.entry) };
  if (root.entry.kind !== "directory") return;
  const skip = root.entry.path === "" ? 0 : root.entry.path.length + 1;
  const open: Iterator<Entry>[] = [source.list(root.entry.path).values()];
  // For each open folder but the first, the item to yield once something in it is selected.
  const pending: (SelectedItem | undefined)[] = [];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const next = last.next();
    if (next.done === true) {
      open.pop();
      pending.pop();
      continue;
    }
    const entry = next.value;
    const relative = entry.path.slice(skip);
    const isSelected = filter?.selects(relative) ?? true;
    if (isSelected) {
      for (const [index, parent] of pending.entries()) {
        if (parent === undefined) continue;
        pending[index] = undefined;
        yield parent;
      }
      yield { relative, entry, isParent: false, group: groupOf(source, entry) };
    }
    if (entry.kind === "directory" && (isSelected || filter?.maySelectBelow(relative) === true)) {
      pending.push(isSelected ? undefined : { relative, entry, isParent: true, group: undefined });
      open.push(source.list(entry.path).values());
    }
  }
}

function groupOf(source: SourceTree, entry: Entry): string | undefined {
  return linkGroup(source, entry);
}

/** Paths in the source of all files whose contents are copied, each once: what has to be hashed for the cache key. */
export function selectedFiles(selection: Selection): string[] {
  const paths = new Set<string>();
  for (const root of selection.roots) {
    for (const { entry } of selectedItems(selection, root)) {
      if (entry.kind === "file" && entry.content.kind !== "bytes") paths.add(entry.path);
    }
  }
  return [...paths];
}
