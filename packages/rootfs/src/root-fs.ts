// A root filesystem as a value: a stack of layers that is never merged. A look-up asks each layer's sorted table,
// from the top, and stops where a whiteout, an opaque folder or another type hides what is below.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#representing-changes
import type { Entry, EntryKind, EntryTable } from "@tsbuild/layer";
import { childrenInTable } from "./children-in-table.ts";
import { compareNames, joinPath, parentPath, baseName } from "./path-names.ts";
import { resolvePath, type ResolveOptions, type Resolved } from "./resolve-path.ts";
import { RootFsError } from "./rootfs-error.ts";
import { impliedDirectory, type Tree } from "./tree.ts";

/** A directory as merged: the layers (indexes, the top-most first) that have a say in what it contains. */
interface Directory {
  readonly kind: "directory";
  readonly layers: readonly number[];
  readonly entry: Entry;
}

/** Something that is not a directory: the row that decides. */
interface Place {
  readonly kind: "place";
  readonly layer: number;
  readonly row: number;
}

/** A hard link to a hard link to …: more than this many and the layer is nonsense. */
const maximumHops = 255;

export class RootFs implements Tree {
  static readonly empty: RootFs = new this([]);

  /** The layers, the lowest first. */
  readonly layers: readonly EntryTable[];
  readonly #all: readonly number[];
  /** Directories (and paths known not to be one) that were asked for. */
  readonly #directories = new Map<string, Directory | undefined>();
  readonly #below = new Map<number, RootFs>();
  #linked: ReadonlySet<string> | undefined;

  private constructor(layers: readonly EntryTable[]) {
    this.layers = layers;
    this.#all = layers.map((_, index) => layers.length - 1 - index);
  }

  /** This with one more layer on top. Costs a copy of the list of layers; tables are shared. */
  withLayer(table: EntryTable): RootFs {
    return new RootFs([...this.layers, table]);
  }

  get(path: string): Entry | undefined {
    const found = this.#find(path);
    if (found === undefined) return undefined;
    return found.kind === "directory" ? found.entry : this.#entryOf(path, found);
  }

  list(path: string): Entry[] {
    const directory = this.#directory(path);
    if (directory === undefined) return [];
    const decided = new Map<string, Entry | undefined>();
    for (const layer of directory.layers) {
      const table = this.#table(layer);
      for (const { name, row } of childrenInTable(table, path)) {
        if (decided.has(name)) continue;
        const child = joinPath(path, name);
        // The highest layer that has a row for something other than a folder decides alone.
        const isDecisive = row !== -1 && isEntryKind(table.kindAt(row));
        const found = isDecisive
          ? ({ kind: "place", layer, row } as const)
          : this.#lookUp(child, directory.layers);
        const isFolder = found?.kind === "directory";
        decided.set(name, isFolder ? found.entry : found && this.#entryOf(child, found));
      }
    }
    const entries: Entry[] = [];
    for (const entry of decided.values()) if (entry !== undefined) entries.push(entry);
    if (directory.layers.length > 1) entries.sort((a, b) => compareNames(baseName(a.path), baseName(b.path)));
    return entries;
  }

  /**
   * Finds what `path` means inside this root: see `resolvePath`. Throws RootFsError LINK_LOOP or NOT_A_DIRECTORY.
   */
  resolve(path: string, options?: ResolveOptions): Resolved {
    return resolvePath(this, path, options);
  }

  linkGroup(path: string): string | undefined {
    this.#linked ??= this.#linkedFiles();
    if (this.#linked.size === 0) return undefined;
    const found = this.#find(path);
    const file = found?.kind === "place" ? this.#sharedPlace(found) : undefined;
    if (file === undefined || this.#entryAt(file)?.kind !== "file") return undefined;
    const id = `${file.layer}:${file.row}`;
    return this.#linked.has(id) ? id : undefined;
  }

  #table(layer: number): EntryTable {
    const table = this.layers[layer];
    if (table === undefined) throw new RangeError(`No layer ${layer}`);
    return table;
  }

  #find(path: string): Directory | Place | undefined {
    if (path === "") return this.#directory("");
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const parent = this.#directory(parentPath(path));
    return parent === undefined ? undefined : this.#lookUp(path, parent.layers);
  }

  #directory(path: string): Directory | undefined {
    if (this.#directories.has(path)) return this.#directories.get(path);
    const parent = path === "" ? undefined : this.#directory(parentPath(path));
    const layers = path === "" ? this.#all : parent?.layers;
    const found = layers === undefined ? undefined : this.#lookUp(path, layers);
    const directory = found?.kind === "directory" ? found : undefined;
    // The root exists even in an empty stack.
    const result =
      path === "" ? (directory ?? { kind: "directory", layers: [], entry: impliedDirectory("") }) : directory;
    this.#directories.set(path, result);
    return result;
  }

  /** `path` in the layers (top-most first) that have a say in its parent. */
  #lookUp(path: string, layers: readonly number[]): Directory | Place | undefined {
    const having: number[] = [];
    let described: Place | undefined;
    for (const layer of layers) {
      const table = this.#table(layer);
      const row = table.find(path);
      if (row === -1) {
        const { start, end } = table.subtree(path);
        if (start < end) having.push(layer);
        continue;
      }
      const kind = table.kindAt(row);
      if (kind === "remove") {
        // Its children in the same layer are newer than the whiteout, whatever their order in the tar was.
        const { start, end } = table.subtree(path);
        if (end - start > 1) having.push(layer);
        break;
      }
      if (isEntryKind(kind)) {
        if (having.length === 0) return { kind: "place", layer, row };
        break;
      }
      having.push(layer);
      if (kind === "directory") described ??= { kind: "place", layer, row };
      if (table.isOpaque(row)) break;
    }
    if (having.length === 0) return undefined;
    const entry = described === undefined ? impliedDirectory(path) : this.#entryAt(described);
    const directory: Directory = {
      kind: "directory",
      layers: having,
      entry: entry ?? impliedDirectory(path),
    };
    this.#directories.set(path, directory);
    return directory;
  }

  #entryAt(place: Place): Entry | undefined {
    const change = this.#table(place.layer).at(place.row);
    return change.kind === "put" ? change.entry : undefined;
  }

  /** The entry at a place; a hard link is shown as what it is another name of, when that can be found. */
  #entryOf(path: string, place: Place): Entry {
    const entry = this.#entryAt(place);
    if (entry === undefined) throw new TypeError(`Row ${place.row} of layer ${place.layer} is no entry`);
    if (entry.kind !== "hardlink") return entry;
    const file = this.#sharedPlace(place);
    const shared = file === undefined ? undefined : this.#entryAt(file);
    return shared === undefined ? entry : { ...shared, path };
  }

  /**
   * What a place shares: itself, or what a hard link leads to in the stack as its layer saw it. That need not be a file:
   * tars have hard links to symbolic links, devices and pipes too.
   */
  #sharedPlace(place: Place): Place | undefined {
    let at: Place = place;
    for (let hop = 0; hop < maximumHops; hop++) {
      const entry = this.#entryAt(at);
      if (entry === undefined || entry.kind === "directory") return undefined;
      if (entry.kind !== "hardlink") return at;
      const row = this.#table(at.layer).find(entry.target);
      if (row !== -1) {
        at = { kind: "place", layer: at.layer, row };
        continue;
      }
      const found = this.#stackBelow(at.layer).#findTarget(entry.target);
      if (found?.kind !== "place") return undefined;
      at = found;
    }
    return undefined;
  }

  /** The target of a hard link of a higher layer; its folder may be named through symbolic links. */
  #findTarget(target: string): Directory | Place | undefined {
    try {
      const folder = resolvePath(this, parentPath(target));
      return this.#find(joinPath(folder.path, baseName(target)));
    } catch (error) {
      if (error instanceof RootFsError) return undefined;
      throw error;
    }
  }

  #stackBelow(layer: number): RootFs {
    let below = this.#below.get(layer);
    if (below === undefined) {
      below = new RootFs(this.layers.slice(0, layer));
      this.#below.set(layer, below);
    }
    return below;
  }

  /** Ids of the files that some hard link in the stack leads to. */
  #linkedFiles(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const [layer, table] of this.layers.entries()) {
      for (let row = 0; row < table.length; row++) {
        if (table.kindAt(row) !== "hardlink") continue;
        const file = this.#sharedPlace({ kind: "place", layer, row });
        if (file !== undefined) ids.add(`${file.layer}:${file.row}`);
      }
    }
    return ids;
  }
}

/** Something that exists and is no folder. */
function isEntryKind(kind: EntryKind): boolean {
  return kind !== "directory" && kind !== "remove" && kind !== "clear";
}
