// The mounts of this namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)).

export interface MountPoint {
  readonly id: string;
  readonly parent: string;
  readonly path: string;
  readonly type: string;
  /** Which part of the file system is mounted: `/` for all of it. */
  readonly root: string;
  /** Of this mount alone, not of the file system: `ro`, `nosuid` … */
  readonly options: readonly string[];
}

export function parseMountinfo(text: string): MountPoint[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [id, parent, , root, path, options] = before.split(" ");
    const [type] = after.split(" ");
    if (id === undefined || parent === undefined || root === undefined) return [];
    if (path === undefined || options === undefined || type === undefined) return [];
    const mount = { id, parent, path: unescapeField(path), type, root: unescapeField(root) };
    return [{ ...mount, options: options.split(",") }];
  });
}

/** The mount that an absolute path without links is in. */
export function findMount(mounts: readonly MountPoint[], path: string): MountPoint | undefined {
  let found: MountPoint | undefined;
  for (const mount of mounts) {
    const isIn = mount.path === "/" || path === mount.path || path.startsWith(`${mount.path}/`);
    if (isIn && mount.path.length >= (found?.path.length ?? 0)) found = mount;
  }
  return found;
}

function unescapeField(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
