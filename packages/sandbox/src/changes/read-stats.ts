// What lstat says, in the words of a layer. Times become whole seconds: that is what layers of every builder have.
import type { BigIntStats } from "node:fs";
import type { Attributes } from "@tsbuild/layer";

export type FileFormat =
  | "file"
  | "directory"
  | "symlink"
  | "fifo"
  | "char"
  | "block"
  | "socket"
  /** How overlayfs writes that something of the layers below is gone: a character device 0:0. */
  | "whiteout";

const formatMask = 0o170000;
const formats: Readonly<Record<number, FileFormat>> = {
  0o010000: "fifo",
  0o020000: "char",
  0o040000: "directory",
  0o060000: "block",
  0o100000: "file",
  0o120000: "symlink",
  0o140000: "socket",
};

export function formatOf({ mode, rdev }: BigIntStats): FileFormat {
  const format = formats[Number(mode) & formatMask];
  if (format === undefined) throw new TypeError(`Cannot tell what a file of mode ${mode.toString(8)} is`);
  // The kernel lets nobody make such a device through an overlay.
  return format === "char" && rdev === 0n ? "whiteout" : format;
}

export function attributesOf(stats: BigIntStats, xattrs: Attributes["xattrs"]): Attributes {
  const attributes = {
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeSec: wholeSeconds(stats.mtimeNs),
    mtimeNsec: 0,
  };
  return xattrs === undefined ? attributes : { ...attributes, xattrs };
}

/** Linux packs twelve bits of the major and eight of the minor into the low half, the rest above. */
export function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n);
  return { major: Number(major), minor: Number(minor) };
}

/** Rounded down, also before 1970. */
function wholeSeconds(nanoseconds: bigint): number {
  const second = 1_000_000_000n;
  const seconds = nanoseconds / second; // BigInt division rounds towards zero
  return Number(seconds * second > nanoseconds ? seconds - 1n : seconds);
}
