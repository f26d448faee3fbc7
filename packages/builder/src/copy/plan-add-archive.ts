// ADD of an archive: its entries under the destination, as moby's Untar puts them there.
// https://github.com/moby/go-archive (Unpack, createTarFile)
import type { Entry, EntryTable } from "@tsbuild/layer";
import { RootFsError, baseName, hardLink, joinPath, parentPath, type RootFs } from "@tsbuild/rootfs";
import { cleanDestination } from "./clean-path.ts";
import { CopyError } from "./copy-error.ts";
import { StagedTree, type Owner } from "./staged-tree.ts";

export interface AddArchiveRequest {
  /** In the order of the archive, names as in it: whiteouts not interpreted, the root entry as "". */
  readonly entries: Iterable<Entry>;
  /** What the archive is called in messages. */
  readonly name: string;
  /** As written; always taken as a folder. */
  readonly destination: string;
  readonly workdir: string;
  readonly target: RootFs;
  /** `--chown`; without it owners are the archive's, and folders that are made on the way are root's. */
  readonly owner?: Owner;
  readonly createdMtimeSec: number;
}

/**
 * Plans the unpacking. Parents of entries may be symbolic links inside the root; a last component never is followed.
 * A folder is merged into one that exists; everything else replaces what is there. `--chmod` has no effect on archives.
 * Throws CopyError.
 */
export function planAddArchive(request: AddArchiveRequest): EntryTable {
  const staged = new StagedTree(request.target);
  const unpacking: Unpacking = { request, staged, base: "" };
  const { path } = cleanDestination(request.destination, request.workdir);
  const base = resolveFolder(unpacking, path, request.owner ?? { uid: 0, gid: 0 });
  for (const entry of request.entries) placeEntry({ ...unpacking, base }, entry);
  return staged.finish();
}

interface Unpacking {
  readonly request: AddArchiveRequest;
  readonly staged: StagedTree;
  /** The destination, resolved. */
  readonly base: string;
}

function placeEntry(unpacking: Unpacking, original: Entry): void {
  const { request, staged } = unpacking;
  // The root of the archive says nothing of the folder that it is unpacked into.
  if (original.path === "") return;
  refuseBadName(request, original.path);
  const folder = resolveFolder(unpacking, joinPath(unpacking.base, parentPath(original.path)), {
    uid: 0,
    gid: 0,
  });
  const path = joinPath(folder, baseName(original.path));
  const { uid, gid } = request.owner ?? original;
  const entry: Entry = { ...original, path, uid, gid, mtimeNsec: 0 };
  if (entry.kind === "hardlink") {
    placeHardLink(unpacking, entry);
    return;
  }
  staged.put(entry);
}

/** The target is named from the archive's root. A file of a lower layer is brought up, since a link needs it here. */
function placeHardLink(unpacking: Unpacking, link: Entry & { kind: "hardlink" }): void {
  const { request, staged, base } = unpacking;
  if (escapes(link.target)) {
    throw archiveError(request, "ARCHIVE_PATH_ESCAPES", link.path, `its target "${link.target}" is outside`);
  }
  const folder = resolveInside(unpacking, joinPath(base, parentPath(link.target)));
  const path = joinPath(folder, baseName(link.target));
  const target = staged.get(path);
  if (target === undefined || target.kind === "directory") {
    const reason = `there is no file "${link.target}" that it could be a hard link to`;
    throw archiveError(request, "ARCHIVE_LINK_INVALID", link.path, reason);
  }
  if (path === link.path) return;
  if (target.kind !== "file" && target.kind !== "hardlink") {
    // Two names of a link, a device or a pipe: as good as two of them.
    staged.put({ ...target, path: link.path });
    return;
  }
  const file = target.kind === "hardlink" ? staged.get(target.target) : target;
  if (file?.kind !== "file") {
    throw archiveError(
      request,
      "ARCHIVE_LINK_INVALID",
      link.path,
      `its target "${link.target}" leads nowhere`,
    );
  }
  if (!staged.isStaged(file.path)) staged.put(file);
  // A link shares the attributes of its file.
  staged.put(hardLink({ ...file, path: link.path }, file.path));
}

function refuseBadName(request: AddArchiveRequest, path: string): void {
  if (escapes(path)) throw archiveError(request, "ARCHIVE_PATH_ESCAPES", path, "it leads out of the archive");
  if (!path.split("/").some((part) => part.startsWith(".wh."))) return;
  const reason = 'a name that begins with ".wh." would delete files when the image is unpacked';
  throw archiveError(request, "ARCHIVE_WHITEOUT", path, reason);
}

function escapes(path: string): boolean {
  return path.startsWith("/") || path.split("/").includes("..");
}

/** The real path of the folder, made with its parents where missing. */
function resolveFolder(unpacking: Unpacking, path: string, owner: Owner): string {
  const folder = resolveInside(unpacking, path);
  const mtimeSec = unpacking.request.createdMtimeSec;
  const obstacle = unpacking.staged.makeFolders(folder, { mode: 0o755, owner, mtimeSec });
  if (obstacle !== undefined) throw blocked(unpacking, path, obstacle);
  return folder;
}

function resolveInside(unpacking: Unpacking, path: string): string {
  try {
    return unpacking.staged.resolve(path).path;
  } catch (cause) {
    if (!(cause instanceof RootFsError)) throw cause;
    const obstacle = cause.code === "NOT_A_DIRECTORY" ? String(cause.facts["at"]) : undefined;
    throw blocked(unpacking, path, obstacle, { cause });
  }
}

function blocked(
  { request }: Unpacking,
  path: string,
  obstacle: string | undefined,
  options?: ErrorOptions,
): CopyError {
  const reason = obstacle === undefined ? "too many symbolic links" : `"/${obstacle}" is not a folder`;
  const message = `Cannot unpack "${request.name}" to "/${path}": ${reason}`;
  return new CopyError("COPY_DESTINATION_INVALID", message, { path: `/${obstacle ?? path}` }, options);
}

function archiveError(
  request: AddArchiveRequest,
  code: "ARCHIVE_WHITEOUT" | "ARCHIVE_PATH_ESCAPES" | "ARCHIVE_LINK_INVALID",
  path: string,
  reason: string,
): CopyError {
  const message = `Cannot unpack "${request.name}": the entry "${path}": ${reason}`;
  return new CopyError(code, message, { archive: request.name, path });
}
