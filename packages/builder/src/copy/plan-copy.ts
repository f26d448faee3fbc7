// COPY, and ADD of what is not unpacked, as the entries of one new layer: BuildKit's rules (tonistiigi/fsutil, copy.Copy)
// on trees that are values. Nothing is read or written here.
import type { Entry, EntryTable, RowCopy } from "@tsbuild/layer";
import { RootFs, RootFsError, hardLink, joinPath, parentPath, type Resolved } from "@tsbuild/rootfs";
import { cleanDestination, type Destination } from "./clean-path.ts";
import { CopyError } from "./copy-error.ts";
import {
  selectSources,
  selectedItems,
  type SelectedItem,
  type SelectedRoot,
  type SelectRequest,
  type Selection,
} from "./select-sources.ts";
import { StagedTree, type FolderAttributes, type Owner } from "./staged-tree.ts";

export interface CopyRequest extends SelectRequest {
  /** As written, with variables expanded: a slash at its end means something. */
  readonly destination: string;
  readonly workdir: string;
  readonly target: RootFs;
  /** `--chown`. Without it files keep their owner and folders that are made are root's. */
  readonly owner?: Owner;
  /** `--chmod`: from the mode that an entry has to the one that it gets. Not asked for symbolic links. */
  readonly chmod?: (mode: number, isDirectory: boolean) => number;
  /** The time that everything copied gets, instead of its own: SOURCE_DATE_EPOCH. */
  readonly fixedMtimeSec?: number;
  /** `--link`: on its own, whatever the target has. BuildKit ignores it together with `--chmod`, and so does this. */
  readonly link?: boolean;
  /** What `selectSources` gave for the same request, when it was called before. */
  readonly selection?: Selection;
  /** Where files were written as the destination itself: to be shared by requests that are one instruction. */
  readonly filesPlaced?: Set<string>;
}

export interface CopyPlan {
  /** The new layer; empty when nothing was selected. */
  readonly changes: EntryTable;
  readonly selection: Selection;
}

/**
 * Plans a COPY. Throws CopyError. Times are whole seconds, rounded down; folders made on the way have
 * `createdMtimeSec`; folders that exist keep all their attributes, but for those that a copied folder is merged into.
 */
export function planCopy(request: CopyRequest): CopyPlan {
  const selection = request.selection ?? selectSources(request);
  const isAlone = request.link === true && request.chmod === undefined;
  const staged = new StagedTree(isAlone ? RootFs.empty : request.target);
  const destination = cleanDestination(request.destination, request.workdir);
  const placement: Placement = {
    request,
    selection,
    staged,
    destination,
    filesPlaced: request.filesPlaced ?? new Set(),
  };
  for (const root of selection.roots) placeRoot(placement, root);
  return { changes: staged.finish(), selection };
}

interface Placement {
  readonly request: CopyRequest;
  readonly selection: Selection;
  readonly staged: StagedTree;
  readonly destination: Destination;
  /** Paths that a source was written to as the destination itself. */
  readonly filesPlaced: Set<string>;
}

function placeRoot(placement: Placement, root: SelectedRoot): void {
  const at = placeOfRoot(placement, root);
  if (
    root.entry.kind === "directory" &&
    placement.selection.roots.length === 1 &&
    placement.staged.isEmpty(at)
  ) {
    const [top] = selectedItems(placement.selection, root);
    if (top !== undefined) placeFolder(placement, top, at);
    const rows =
      root.filter === undefined ? placement.selection.source.rowsBelow?.(root.entry.path) : undefined;
    if (rows === undefined) placement.staged.putBelow(copiedItems(placement, root, at));
    else placement.staged.putRows(rows.table, { ...rows.copy, ...rowChanges(placement, root, at) });
    return;
  }
  // BuildKit keeps hard links within each thing that is copied, not between them.
  const firstNames = new Map<string, string>();
  for (const item of selectedItems(placement.selection, root)) {
    const path = item.relative === "" ? at : joinPath(at, item.relative);
    if (item.entry.kind === "directory") placeFolder(placement, item, path);
    else placeOther(placement, item, path, firstNames);
  }
}

/** What `linkedEntry` does to an entry, for rows. */
function rowChanges(
  { request }: Placement,
  root: SelectedRoot,
  at: string,
): Pick<RowCopy, "folder" | "attributes" | "dropNanoseconds" | "fixedMtimeSec"> {
  const skip = root.entry.path === "" ? 0 : root.entry.path.length + 1;
  return {
    folder: (path) => (path === root.entry.path ? at : joinPath(at, path.slice(skip))),
    attributes: (attributes, of) => {
      const { uid, gid } = request.owner ?? (request.isContext ? { uid: 0, gid: 0 } : attributes);
      const { chmod } = request;
      const mode =
        chmod === undefined || of === "symlink"
          ? attributes.mode
          : chmod(attributes.mode, of === "directory");
      return { ...attributes, uid, gid, mode };
    },
    dropNanoseconds: true,
    fixedMtimeSec: request.fixedMtimeSec,
  };
}

/** What is below a copied folder, for a place where nothing is: there is nothing to look at or to merge with. */
function* copiedItems(placement: Placement, root: SelectedRoot, at: string): Generator<Entry> {
  const firstNames = new Map<string, string>();
  for (const item of selectedItems(placement.selection, root)) {
    if (item.relative !== "") yield linkedEntry(placement, item, joinPath(at, item.relative), firstNames);
  }
}

/** Where a file goes, or the folder that a folder's contents go to. Its parents exist afterwards. */
function placeOfRoot(placement: Placement, root: SelectedRoot): string {
  const { destination, staged } = placement;
  const folder = destination.isFolder ? destination.path : parentPath(destination.path);
  makeFolders(placement, resolveDestination(placement, folder).path);
  const found = resolveDestination(placement, destination.path);
  let { path } = found;
  const isFolder = root.entry.kind === "directory";
  if (!isFolder && found.entry?.kind === "directory") path = joinPath(path, root.name);
  else if (!isFolder) refuseSecondFile(placement, path);
  makeFolders(placement, isFolder && staged.get(path) === undefined ? path : parentPath(path));
  return path;
}

function placeFolder(placement: Placement, item: SelectedItem, path: string): void {
  const { staged } = placement;
  const existing = staged.get(path);
  const entry = copiedEntry(placement, item.entry, path);
  if (existing === undefined) {
    staged.replace(existing, entry);
  } else if (existing.kind !== "directory") {
    throw new CopyError(
      "COPY_OVER_NON_DIRECTORY",
      `Cannot copy a folder to "/${path}": that is ${kindNames[existing.kind]}`,
      {
        path: `/${path}`,
        source: `/${item.entry.path}`,
      },
    );
  } else if (item.relative === "") {
    staged.replace(existing, { ...existing, mtimeSec: entry.mtimeSec, mtimeNsec: 0 });
  } else if (item.isParent) {
    staged.replace(existing, { ...existing, mode: item.entry.mode });
  } else {
    staged.replace(existing, withAttributesOf(entry, existing));
  }
}

function placeOther(
  placement: Placement,
  item: SelectedItem,
  path: string,
  firstNames: Map<string, string>,
): void {
  const { staged } = placement;
  const existing = staged.get(path);
  if (existing?.kind === "directory") {
    const reason = "that is a folder, and a folder is not replaced with a file";
    throw new CopyError("COPY_OVER_DIRECTORY", `Cannot copy a file to "/${path}": ${reason}`, {
      path: `/${path}`,
      source: `/${item.entry.path}`,
    });
  }
  staged.replace(existing, linkedEntry(placement, item, path, firstNames));
}

/** The entry in the layer; a further name of a file that was copied before is a hard link to it. */
function linkedEntry(
  placement: Placement,
  item: SelectedItem,
  path: string,
  firstNames: Map<string, string>,
): Entry {
  if (item.entry.kind === "hardlink") {
    const reason = `it is a hard link to "/${item.entry.target}", which does not exist`;
    throw new CopyError("COPY_SOURCE_INVALID", `Cannot copy "/${item.entry.path}": ${reason}`, {
      path: `/${item.entry.path}`,
    });
  }
  const entry = copiedEntry(placement, item.entry, path);
  if (item.group === undefined) return entry;
  const first = firstNames.get(item.group);
  if (first !== undefined) return hardLink(entry, first);
  firstNames.set(item.group, path);
  return entry;
}

/** A source's entry as it is in the layer. */
function copiedEntry({ request }: Placement, entry: Entry, path: string): Entry {
  const kept = request.isContext ? { uid: 0, gid: 0 } : entry;
  const { uid, gid } = request.owner ?? kept;
  const mode =
    request.chmod === undefined || entry.kind === "symlink"
      ? entry.mode
      : request.chmod(entry.mode, entry.kind === "directory");
  const mtimeSec = request.fixedMtimeSec ?? entry.mtimeSec;
  return { ...entry, path, uid, gid, mode, mtimeSec, mtimeNsec: 0 };
}

/** Extended attributes that were on a folder stay on it. */
function withAttributesOf(entry: Entry, existing: Entry): Entry {
  if (existing.xattrs === undefined) return entry;
  return { ...entry, xattrs: new Map([...existing.xattrs, ...(entry.xattrs ?? [])]) };
}

function makeFolders(placement: Placement, path: string): void {
  const obstacle = placement.staged.makeFolders(path, createdFolder(placement.request));
  if (obstacle !== undefined) throw blockedDestination(placement, obstacle);
}

function createdFolder(request: CopyRequest): FolderAttributes {
  return {
    mode: fixedMode(request.chmod) ?? 0o755,
    owner: request.owner ?? { uid: 0, gid: 0 },
    mtimeSec: request.createdMtimeSec,
  };
}

/** The mode of an octal `--chmod`. BuildKit gives it to folders made on the way, but not what a symbolic one would. */
function fixedMode(chmod: CopyRequest["chmod"]): number | undefined {
  const mode = chmod?.(0, true);
  return mode === chmod?.(0o7777, true) ? mode : undefined;
}

function resolveDestination(placement: Placement, path: string): Resolved {
  try {
    return placement.staged.resolve(path);
  } catch (cause) {
    if (!(cause instanceof RootFsError)) throw cause;
    if (cause.code === "NOT_A_DIRECTORY")
      throw blockedDestination(placement, String(cause.facts["at"]), { cause });
    const { destination } = placement.request;
    throw new CopyError(
      "COPY_DESTINATION_INVALID",
      `Cannot copy to "${destination}": too many symbolic links`,
      { path: `/${path}` },
      { cause },
    );
  }
}

function blockedDestination(placement: Placement, obstacle: string, options?: ErrorOptions): CopyError {
  const reason = `"/${obstacle}" is not a folder`;
  const message = `Cannot copy to "${placement.request.destination}": ${reason}`;
  return new CopyError("COPY_DESTINATION_INVALID", message, { path: `/${obstacle}` }, options);
}

/** BuildKit would write one file over the other and keep the last. */
function refuseSecondFile({ filesPlaced, request }: Placement, path: string): void {
  if (filesPlaced.has(path)) {
    const reason = 'with more than one source, the destination must be a folder and end with "/"';
    throw new CopyError("COPY_DESTINATION_INVALID", `Cannot copy to "${request.destination}": ${reason}`, {
      path: `/${path}`,
    });
  }
  filesPlaced.add(path);
}

const kindNames = {
  symlink: "a symbolic link",
  file: "a file",
  hardlink: "a file",
  device: "a device",
  fifo: "a named pipe",
  directory: "a folder",
} as const;
