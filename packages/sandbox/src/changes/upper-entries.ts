// The entries of an upper folder, as system calls tell them. Contents are not read.
import { lstatSync, readlinkSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { decodeName } from "@tsbuild/layer";
import type { Attributes, Entry } from "@tsbuild/layer";
import { TreePaths } from "../unpack/tree-paths.ts";
import { cannotRead } from "./changes-unreadable.ts";
import { listNames } from "./list-names.ts";
import { attributesOf, deviceNumbers, formatOf } from "./read-stats.ts";

export class UpperEntries {
  readonly #upper: string;
  readonly #paths: TreePaths;
  /** The first name of each file that has several, by device and inode. */
  readonly #firstNames = new Map<string, string>();

  constructor(upper: string) {
    this.#upper = upper;
    this.#paths = new TreePaths(upper);
  }

  close(): void {
    this.#paths.close();
  }

  /** Good until another path is asked for. */
  diskPath(path: string): string | Buffer {
    return this.#paths.at(path);
  }

  stat(path: string): BigIntStats {
    return this.#call(path, (diskPath) => lstatSync(diskPath, { bigint: true }));
  }

  /** The names in a folder, in the order of their bytes. */
  namesIn(path: string): string[] {
    return this.#call(path, listNames);
  }

  /** The entry of these stats. A file that has been here under another name is a hard link to that. */
  entryOf(path: string, stats: BigIntStats, xattrs: Attributes["xattrs"]): Entry {
    const attributes = attributesOf(stats, xattrs);
    const format = formatOf(stats);
    if (format === "directory") return { path, ...attributes, kind: "directory" };
    if (stats.nlink > 1n) {
      const inode = `${stats.dev}:${stats.ino}`;
      const target = this.#firstNames.get(inode);
      if (target !== undefined) return { path, ...attributes, kind: "hardlink", target };
      this.#firstNames.set(inode, path);
    }
    switch (format) {
      case "file": {
        const content = { kind: "disk" as const, path: `${this.#upper}/${path}` };
        return { path, ...attributes, kind: "file", size: Number(stats.size), content };
      }
      case "symlink":
        return { path, ...attributes, kind: "symlink", target: this.#linkTarget(path) };
      case "char":
      case "block":
        return { path, ...attributes, kind: "device", type: format, ...deviceNumbers(stats.rdev) };
      case "fifo":
        return { path, ...attributes, kind: "fifo" };
      case "whiteout":
      case "socket":
        throw new TypeError(`Cannot make an entry of a ${format}: layers have none`);
    }
  }

  #linkTarget(path: string): string {
    return decodeName(this.#call(path, (diskPath) => readlinkSync(diskPath, { encoding: "buffer" })));
  }

  #call<T>(path: string, call: (diskPath: string | Buffer) => T): T {
    try {
      return call(this.#paths.at(path));
    } catch (error) {
      throw cannotRead(path, error);
    }
  }
}
