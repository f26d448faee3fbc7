// One path of an unpacked image with all that a program in the image can see of it.

export interface TreeNode {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "char" | "block" | "socket";
  /** Octal, with setuid, setgid and sticky: `0755`. */
  readonly mode: string;
  /** `uid:gid`. */
  readonly owner: string;
  readonly size?: number;
  /** Of a regular file: `sha256:…`. */
  readonly content?: string;
  readonly target?: string;
  /** Of a device: `major:minor`. */
  readonly device?: string;
  /** Whole seconds since 1970. */
  readonly modified: number;
  /** The paths that share this inode, this one included; absent for a single one. */
  readonly sharedWith?: string;
  /** `user.name=0x…`, sorted. */
  readonly xattrs?: string;
}

export type Tree = ReadonlyMap<string, TreeNode>;
