// WORKDIR as a layer: the folder and its missing parents.
import type { EntryTable } from "@tsbuild/layer";
import { RootFsError, type RootFs } from "@tsbuild/rootfs";
import { cleanPath } from "./clean-path.ts";
import { CopyError } from "./copy-error.ts";
import { StagedTree, type Owner } from "./staged-tree.ts";

export interface WorkdirRequest {
  /** Absolute: the words of WORKDIR are already joined. */
  readonly path: string;
  readonly target: RootFs;
  /** The IDs of the image's USER; default root's. */
  readonly owner?: Owner;
  readonly createdMtimeSec: number;
}

export interface WorkdirPlan {
  /** Empty when the folder was there. */
  readonly changes: EntryTable;
  /** Where the folder really is, symbolic links followed inside the root; starts with a slash. */
  readonly path: string;
}

/** Plans a WORKDIR. Throws CopyError WORKDIR_NOT_DIRECTORY. */
export function planWorkdir(request: WorkdirRequest): WorkdirPlan {
  const staged = new StagedTree(request.target);
  const { path } = resolveWorkdir(staged, request.path);
  const obstacle = staged.makeFolders(path, {
    mode: 0o755,
    owner: request.owner ?? { uid: 0, gid: 0 },
    mtimeSec: request.createdMtimeSec,
  });
  if (obstacle !== undefined) throw notDirectory(request.path, obstacle);
  return { changes: staged.finish(), path: `/${path}` };
}

function resolveWorkdir(staged: StagedTree, path: string): { path: string } {
  try {
    return staged.resolve(cleanPath(path));
  } catch (cause) {
    if (!(cause instanceof RootFsError)) throw cause;
    if (cause.code === "NOT_A_DIRECTORY") throw notDirectory(path, String(cause.facts["at"]), { cause });
    const message = `Cannot use the WORKDIR "${path}": too many symbolic links`;
    throw new CopyError("WORKDIR_NOT_DIRECTORY", message, { path }, { cause });
  }
}

function notDirectory(path: string, obstacle: string, options?: ErrorOptions): CopyError {
  const message = `Cannot use the WORKDIR "${path}": "/${obstacle}" is not a folder`;
  return new CopyError("WORKDIR_NOT_DIRECTORY", message, { path: `/${obstacle}` }, options);
}
