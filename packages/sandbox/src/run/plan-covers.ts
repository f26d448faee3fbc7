// What hides this machine's own /proc and /sys from a process that makes itself root of a user namespace. The kernel lets
// it mount them anew there, with nothing masked, if its mount namespace has one that is wholly visible, wherever; and root
// that may write /proc/sys/kernel/core_pattern has the machine. One mount inside, which the namespace keeps locked, is
// enough (mnt_already_visible() in fs/namespace.c). A user who is not root has nothing to gain by it.
import { statSync, statfsSync } from "node:fs";
import type { MountEntry } from "./mount-table.ts";
import type { MountPoint } from "./parse-mountinfo.ts";
import { bind, emptyFolder } from "./plan-mounts.ts";

/** By type: the number that statfs(2) gives, and a folder that is always there. */
const covered = new Map([
  ["proc", { magic: 0x9fa0, inner: "sys" }],
  ["sysfs", { magic: 0x62656572, inner: "kernel" }],
]);

export interface Covers {
  readonly entries: readonly MountEntry[];
  /** Mounts that lie below others, where none can be made. */
  readonly outOfReach: readonly string[];
}

/** What is at a path of this machine. */
export interface PlaceProbe {
  fileSystem(path: string): number | undefined;
  isFolder(path: string): boolean;
}

export function planCovers(mounts: readonly MountPoint[], probe: PlaceProbe = machinePlaces): Covers {
  const entries: MountEntry[] = [];
  const outOfReach: string[] = [];
  for (const mount of mounts) {
    const kind = covered.get(mount.type);
    if (kind === undefined || mount.root !== "/" || isCovered(mount, mounts)) continue;
    if (probe.fileSystem(mount.path) === kind.magic) {
      entries.push(coverOf(mount.path, kind.inner, probe));
    } else {
      outOfReach.push(mount.path);
    }
  }
  return { entries, outOfReach };
}

function isCovered(mount: MountPoint, mounts: readonly MountPoint[]): boolean {
  return mounts.some(({ id, parent, path }) => parent === mount.id && id !== parent && path === mount.path);
}

/** A folder on itself changes nothing for the tools that still read there. */
function coverOf(path: string, inner: string, probe: PlaceProbe): MountEntry {
  const folder = `${path === "/" ? "" : path}/${inner}`;
  if (probe.isFolder(folder)) return bind(folder, folder);
  return emptyFolder(path);
}

const machinePlaces: PlaceProbe = {
  fileSystem: (path) => {
    try {
      return statfsSync(path).type;
    } catch {
      return undefined;
    }
  },
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
};
