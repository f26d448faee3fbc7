// The vocabulary of a layer: an Entry is one thing in a file system, a Change is what a layer says about
// one path. Paths are relative to the root, without leading or trailing slash; "" is the root itself.
import type { Digest } from "@tsbuild/oci";

/** Metadata that every entry has. */
export interface Attributes {
  /** Permission bits with setuid, setgid and sticky: 0..0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** Whole seconds since 1970, rounded down; negative before. */
  mtimeSec: number;
  /** 0..999999999, added to `mtimeSec`. */
  mtimeNsec: number;
  /** Extended attributes by full name (`security.capability`); absent when there are none. */
  xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** A part of a sparse file that has data; everything between regions is zeros. */
export interface SparseRegion {
  /** Offset in the expanded file. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
}

/** Where the bytes of a file are. */
export type Content =
  /** A file on disk, from `offset` (default 0). `path` may have escaped bytes: see encodeName. */
  | { kind: "disk"; path: string; offset?: number }
  /**
   * Bytes of a layer's uncompressed tar, from `offset`. With `sparse` the tar holds only the regions, one
   * after the other from `offset`; they are ascending, don't overlap and end at or before the file's size.
   */
  | { kind: "slice"; layer: Digest; offset: number; sparse?: readonly SparseRegion[] }
  | { kind: "bytes"; bytes: Uint8Array };

/** One thing in a file system. */
export type Entry = { path: string } & Attributes &
  (
    | { kind: "file"; size: number; content: Content; contentDigest?: Digest }
    | { kind: "directory" }
    | { kind: "symlink"; target: string }
    /** `target` is a path in the same tree, written like `path`. */
    | { kind: "hardlink"; target: string }
    | { kind: "device"; type: "char" | "block"; major: number; minor: number }
    | { kind: "fifo" }
  );

/**
 * What a layer says about one path: here is an entry (`put`), what lower layers have here is gone
 * (`remove`), what lower layers have below this folder is hidden (`clear`).
 */
export type Change =
  | { kind: "put"; entry: Entry }
  | { kind: "remove"; path: string }
  | { kind: "clear"; path: string };
