// The first look at a context: one readdir for each folder and one lstat for each entry, in tree order, and nothing is
// read. Runs in a worker thread, where synchronous calls cost a fifth of asynchronous ones.
import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from "node:fs";
import type { IgnoreMatcher } from "@tsbuild/dockerfile";
import {
  decodeName,
  encodeName,
  EntryTableBuilder,
  type Attributes,
  type Entry,
  type EntryTable,
} from "@tsbuild/layer";
import { compareNames, joinPath } from "@tsbuild/rootfs";
import { ContextError, systemCode } from "./context-error.ts";
import { GrowingColumns } from "./growing-columns.ts";
import { TimeSplitter } from "./time-splitter.ts";

const formatMask = 0o170000;
const directoryFormat = 0o040000;
const fileFormat = 0o100000;
const linkFormat = 0o120000;
const fifoFormat = 0o010000;
const charFormat = 0o020000;
const blockFormat = 0o060000;

/** The place of a file's content follows from its path, and costs much to store: see `diskContent`. */
const placeholder = { kind: "bytes" as const, bytes: new Uint8Array(0) };

/** Where the content of the file `path` of the context in the folder `root` is. */
export function diskContent(root: string, path: string): { kind: "disk"; path: string } {
  return { kind: "disk", path: diskPath(root, path) };
}

/** What a walk found. Rows are the table's; contents of files are not in it. */
export interface WalkedContext {
  readonly table: EntryTable;
  /** In shared memory; rows of other kinds than files count for nothing. */
  readonly identities: SharedArrayBuffer;
  /** For each row, the row after everything below it. */
  readonly ends: Uint32Array;
  /** Pairs of a row and the number of its group, for files with several names in the context. */
  readonly links: Uint32Array;
}

/** A folder whose own entry is added once something in it is. */
interface OpenFolder {
  readonly parent: OpenFolder | undefined;
  readonly path: string;
  readonly stats: BigIntStats;
  /** -1 as long as it is not in the table. */
  row: number;
}

/**
 * Walks the folder `root` (absolute). What `ignore` ignores is left out, and folders in which nothing can be excepted
 * are not even opened. Sockets are left out, as BuildKit does; pipes and devices are entries. Symbolic links are only
 * names. Throws ContextError.
 */
export function walkContext(root: string, ignore: IgnoreMatcher | undefined): WalkedContext {
  return new Walk(root, ignore).run();
}

class Walk {
  readonly #root: string;
  readonly #ignore: IgnoreMatcher | undefined;
  readonly #builder = new EntryTableBuilder();
  readonly #columns = new GrowingColumns();
  readonly #times = new TimeSplitter();
  /** Names of files with several: device and inode → rows. */
  readonly #names = new Map<string, number[]>();

  constructor(root: string, ignore: IgnoreMatcher | undefined) {
    this.#root = root;
    this.#ignore = ignore;
  }

  run(): WalkedContext {
    const stats = lstatSync(this.#root, { bigint: true });
    const folder: OpenFolder = { parent: undefined, path: "", stats, row: -1 };
    this.#addFolder(folder);
    this.#walkFolder(folder);
    const table = this.#builder.finish();
    const { identities, ends } = this.#columns.finish();
    if (table.length !== ends.length) throw new TypeError(`${table.length} rows of ${ends.length} entries`);
    return { table, identities, ends, links: this.#linkGroups() };
  }

  #walkFolder(folder: OpenFolder): void {
    for (const name of this.#namesIn(folder.path)) {
      const path = joinPath(folder.path, name);
      const isIgnored = this.#ignore?.ignores(path) ?? false;
      if (isIgnored && !this.#ignore?.mayHaveExceptionsBelow(path)) continue;
      const stats = this.#stat(path);
      if (stats === undefined) continue;
      if ((Number(stats.mode) & formatMask) === directoryFormat) {
        const child: OpenFolder = { parent: folder, path, stats, row: -1 };
        if (!isIgnored) this.#addFolder(child);
        this.#walkFolder(child);
      } else if (!isIgnored) {
        this.#addOther(folder, path, stats);
      }
    }
    if (folder.row !== -1) this.#columns.setEnd(folder.row, this.#builder.length);
  }

  #addFolder(folder: OpenFolder): void {
    if (folder.row !== -1) return;
    if (folder.parent !== undefined) this.#addFolder(folder.parent);
    folder.row = this.#add(
      { path: folder.path, kind: "directory", ...this.#attributesOf(folder.stats) },
      folder.stats,
    );
  }

  #addOther(folder: OpenFolder, path: string, stats: BigIntStats): void {
    const entry = this.#entryOf(path, stats);
    if (entry === undefined) return;
    this.#addFolder(folder);
    const row = this.#add(entry, stats);
    if (entry.kind !== "file" || stats.nlink < 2n) return;
    const key = `${stats.dev}:${stats.ino}`;
    const rows = this.#names.get(key);
    if (rows === undefined) this.#names.set(key, [row]);
    else rows.push(row);
  }

  #add(entry: Entry, stats: BigIntStats): number {
    const row = this.#builder.length;
    this.#builder.add({ kind: "put", entry });
    this.#columns.add(row, {
      device: stats.dev,
      inode: stats.ino,
      size: stats.size,
      mtimeNs: stats.mtimeNs,
      ctimeNs: stats.ctimeNs,
    });
    return row;
  }

  /** The entry, or undefined for a socket and for what went away meanwhile. */
  #entryOf(path: string, stats: BigIntStats): Entry | undefined {
    const attributes = this.#attributesOf(stats);
    switch (Number(stats.mode) & formatMask) {
      case fileFormat:
        return { path, kind: "file", ...attributes, size: Number(stats.size), content: placeholder };
      case linkFormat: {
        const target = this.#linkTarget(path);
        return target === undefined ? undefined : { path, kind: "symlink", ...attributes, target };
      }
      case fifoFormat:
        return { path, kind: "fifo", ...attributes };
      case charFormat:
        return { path, kind: "device", type: "char", ...attributes, ...deviceNumbers(stats.rdev) };
      case blockFormat:
        return { path, kind: "device", type: "block", ...attributes, ...deviceNumbers(stats.rdev) };
      default:
        return undefined;
    }
  }

  #attributesOf(stats: BigIntStats): Attributes {
    const { seconds, nanoseconds } = this.#times.split(stats.mtimeNs);
    const mode = Number(stats.mode) & 0o7777;
    return {
      mode,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtimeSec: seconds,
      mtimeNsec: nanoseconds,
    };
  }

  #linkTarget(path: string): string | undefined {
    try {
      return decodeName(readlinkSync(systemPath(diskPath(this.#root, path)), { encoding: "buffer" }));
    } catch (cause) {
      // ENOENT: it went away; EINVAL: it is no link any more.
      if (systemCode(cause) === "ENOENT" || systemCode(cause) === "EINVAL") return undefined;
      throw unreadable(path, cause);
    }
  }

  #stat(path: string): BigIntStats | undefined {
    try {
      return lstatSync(systemPath(diskPath(this.#root, path)), { bigint: true, throwIfNoEntry: false });
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /** The names in a folder, in byte order; none when it went away. */
  #namesIn(folder: string): string[] {
    const path = systemPath(diskPath(this.#root, folder));
    try {
      let names = readdirSync(path);
      // U+FFFD stands for bytes that are no UTF-8, or for itself.
      if (names.some((name) => name.includes("\ufffd"))) {
        names = readdirSync(path, { encoding: "buffer" }).map(decodeName);
      }
      return names.some(needsByteOrder) ? names.sort(compareNames) : names.sort();
    } catch (cause) {
      if (systemCode(cause) === "ENOENT" || systemCode(cause) === "ENOTDIR") return [];
      throw unreadable(folder, cause);
    }
  }

  #linkGroups(): Uint32Array {
    const pairs: number[] = [];
    let group = 0;
    for (const rows of this.#names.values()) {
      // The other names may be outside of the context.
      if (rows.length < 2) continue;
      for (const row of rows) pairs.push(row, group);
      group += 1;
    }
    return Uint32Array.from(pairs);
  }
}

function diskPath(root: string, path: string): string {
  return path === "" ? root : root === "/" ? `/${path}` : `${root}/${path}`;
}

/** Linux packs twelve bits of the major and twenty of the minor into the low half, the rest into the high half. */
function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffff_ffffn);
  return { major: Number(major), minor: Number(minor) };
}

/** From the surrogates on, the order of strings is not that of their bytes. */
function needsByteOrder(name: string): boolean {
  return /[\ud800-\uffff]/.test(name);
}

/** A path for the system: bytes where a string would not keep them. */
export function systemPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}

function unreadable(path: string, cause: unknown): ContextError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ContextError(
    "CONTEXT_UNREADABLE",
    `Cannot read "${path}" in the build context: ${reason}`,
    { path },
    { cause },
  );
}
