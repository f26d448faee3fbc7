// The destination while a layer is planned: a root filesystem, and on top what this one layer puts there. Later sources
// of one COPY see what earlier ones did, and what is written twice is written once.
import { EntryTableBuilder, type Change, type Entry, type EntryTable, type RowCopy } from "@tsbuild/layer";
import {
  joinPath,
  parentPath,
  resolvePath,
  type Resolved,
  type ResolveOptions,
  type RootFs,
} from "@tsbuild/rootfs";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How folders that have to be there are made. */
export interface FolderAttributes {
  readonly mode: number;
  readonly owner: Owner;
  readonly mtimeSec: number;
}

export class StagedTree {
  readonly #below: RootFs;
  readonly #bulk: Iterable<Entry>[] = [];
  readonly #rows: { readonly table: EntryTable; readonly copy: RowCopy }[] = [];
  readonly #puts = new Map<string, Entry>();
  /** Folders of this layer with nothing of the layers below in them. */
  readonly #fresh = new Set<string>();
  /** Paths where something of the layers below was a folder and then, for a time at least, not. */
  readonly #hidden = new Set<string>();
  /** For each file, the hard links to it that this layer made. */
  readonly #links = new Map<string, string[]>();

  constructor(below: RootFs) {
    this.#below = below;
  }

  /** What is at exactly `path` now. A hard link made by this layer comes back as one. */
  get(path: string): Entry | undefined {
    const staged = this.#puts.get(path);
    if (staged !== undefined) return staged;
    const parent = parentPath(path);
    if (path !== "" && this.#fresh.has(parent)) return undefined;
    const folder = this.#puts.get(parent);
    if (path !== "" && folder !== undefined && folder.kind !== "directory") return undefined;
    if (this.#hidden.size > 0 && this.#isHidden(path)) return undefined;
    return this.#below.get(path);
  }

  /** Whether this layer has an entry of its own at `path`. */
  isStaged(path: string): boolean {
    return this.#puts.has(path);
  }

  /** See `resolvePath`. Throws RootFsError. */
  resolve(path: string, options?: ResolveOptions): Resolved {
    return resolvePath(this, path, options);
  }

  /**
   * Makes the folder `path` (canonical, as `resolve` gives it) and its missing parents.
   * Gives undefined, or the path of what is in the way: something that is not a folder.
   */
  makeFolders(path: string, attributes: FolderAttributes): string | undefined {
    if (path === "") return undefined;
    const entry = this.get(path);
    if (entry !== undefined) return entry.kind === "directory" ? undefined : path;
    const obstacle = this.makeFolders(parentPath(path), attributes);
    if (obstacle !== undefined) return obstacle;
    const { mode, owner, mtimeSec } = attributes;
    this.put({ path, kind: "directory", mode, uid: owner.uid, gid: owner.gid, mtimeSec, mtimeNsec: 0 });
    return undefined;
  }

  /** Puts an entry whose parent folders exist, in place of whatever is there; a folder keeps what is in it. */
  put(entry: Entry): void {
    this.replace(this.get(entry.path), entry);
  }

  /** `put` for those who have just asked what is there. */
  replace(before: Entry | undefined, entry: Entry): void {
    const { path } = entry;
    if (before === undefined && entry.kind === "directory") this.#fresh.add(path);
    if (before !== undefined && before.kind === "directory" && entry.kind !== "directory")
      this.#forgetBelow(path);
    if (before !== undefined && before.kind !== "directory" && entry.kind === "directory")
      this.#fresh.add(path);
    if (this.#links.has(path)) this.#passOn(path);
    this.#puts.set(path, entry);
    if (entry.kind === "hardlink") {
      const links = this.#links.get(entry.target);
      if (links === undefined) this.#links.set(entry.target, [path]);
      else links.push(path);
    }
  }

  /** Whether nothing is at `path`, or a folder with nothing in it, in this layer and below. */
  isEmpty(path: string): boolean {
    if (this.#below.list(path).length > 0 && !this.#fresh.has(path) && !this.#isHidden(path)) return false;
    const prefix = joinPath(path, "");
    for (const staged of this.#puts.keys()) if (staged !== path && staged.startsWith(prefix)) return false;
    return true;
  }

  /**
   * Puts entries below an empty folder, each path once and folders before what is in them. They are taken only by
   * `finish`, so that a large copy is never held as a whole; nothing may be put among them afterwards.
   */
  putBelow(entries: Iterable<Entry>): void {
    this.#bulk.push(entries);
  }

  /** The same for rows of a table. */
  putRows(table: EntryTable, copy: RowCopy): void {
    this.#rows.push({ table, copy });
  }

  /** The layer: all that was put, and every folder above it as it is, so that the layer can be unpacked alone. */
  finish(): EntryTable {
    const builder = new EntryTableBuilder();
    for (const change of this.#changes()) builder.add(change);
    for (const { table, copy } of this.#rows) builder.addRows(table, copy);
    return builder.finish();
  }

  *#changes(): Generator<Change> {
    const parents = new Set<string>([""]);
    for (const [path, entry] of this.#puts) {
      if (path === "") continue;
      for (let parent = parentPath(path); !parents.has(parent); parent = parentPath(parent)) {
        parents.add(parent);
        const above = this.#puts.has(parent) ? undefined : this.#below.get(parent);
        if (above !== undefined) yield { kind: "put", entry: above };
      }
      yield { kind: "put", entry };
      if (entry.kind === "directory" && this.#hidden.has(path)) yield { kind: "clear", path };
    }
    for (const entries of this.#bulk) for (const entry of entries) yield { kind: "put", entry };
  }

  #isHidden(path: string): boolean {
    for (let at = path; at !== ""; at = parentPath(at)) if (this.#hidden.has(at)) return true;
    return false;
  }

  /** The folder at `path` is no folder any more. */
  #forgetBelow(path: string): void {
    if (this.#below.get(path)?.kind === "directory") this.#hidden.add(path);
    this.#fresh.delete(path);
    const prefix = joinPath(path, "");
    for (const staged of [...this.#puts.keys()]) {
      if (!staged.startsWith(prefix)) continue;
      if (this.#links.has(staged)) this.#passOn(staged);
      this.#puts.delete(staged);
      this.#fresh.delete(staged);
    }
  }

  /** The file at `path` is about to go. Its other names keep it: the first becomes the file, the others its links. */
  #passOn(path: string): void {
    const file = this.#puts.get(path);
    const links = this.#links.get(path) ?? [];
    this.#links.delete(path);
    let heir: string | undefined;
    for (const link of links) {
      const entry = this.#puts.get(link);
      if (entry?.kind !== "hardlink" || entry.target !== path || file === undefined) continue;
      if (heir === undefined) {
        heir = link;
        this.#puts.set(link, { ...file, path: link });
        this.#links.set(link, []);
      } else {
        this.#puts.set(link, { ...entry, target: heir });
        this.#links.get(heir)?.push(link);
      }
    }
  }
}
