// What a process has changed, read from the upper folder of its overlay: one readdir a folder and one lstat an entry, in
// the order of a table. The overlay is gone by then, and so is every process that saw it.
import type { BigIntStats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { EntryTableBuilder, isWhiteoutPath } from "@tsbuild/layer";
import type { Attributes, Entry } from "@tsbuild/layer";
import type { SandboxWarningCode } from "../sandbox.ts";
import { changesUnreadable } from "./changes-unreadable.ts";
import { formatOf } from "./read-stats.ts";
import { isAsMade, isAsUnpacked } from "./same-attributes.ts";
import { UpperAttributes } from "./upper-attributes.ts";
import type { AttributeReader } from "./upper-attributes.ts";
import type { UpperChanges } from "./upper-changes.ts";
import { UpperEntries } from "./upper-entries.ts";

export interface ScanUpperOptions {
  /** How the overlay named its attributes. */
  readonly flavour: "trusted" | "user";
  /** Paths that the process saw though the image does not have them: folders of 0755, and empty files. */
  readonly phantoms: ReadonlySet<string>;
  /** Of the root folder, before the process ran. */
  readonly root: Attributes;
  /** Whether the layers below have something at a path that the upper folder has a socket at. */
  readonly isBelow?: (path: string) => boolean;
  readonly warn: (code: SandboxWarningCode, message: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Default: what this machine has. */
  readonly readAttributes?: AttributeReader;
}

/**
 * Scans the folder, which nobody else may be changing.
 * @throws {SandboxError} `CHANGES_UNREADABLE` with the path, `TOOL_MISSING`
 */
export async function scanUpper(upper: string, options: ScanUpperOptions): Promise<UpperChanges> {
  const scan = new UpperScan(upper, options);
  try {
    return await scan.run();
  } finally {
    scan.close();
  }
}

/** Something else was mounted on these, all the time. */
const mountPoints: ReadonlySet<string> = new Set(["dev", "proc", "sys"]);
/** As deep as a reader of layers goes: see TarLimits. */
const deepest = 2048;
/** After so many entries others get a turn: other processes of the build may be running. */
const turnAfter = 1000;

interface OpenFolder {
  readonly path: string;
  readonly parent: OpenFolder | undefined;
  readonly depth: number;
  readonly names: readonly string[];
  next: number;
  /** A phantom's entry, as long as nothing real is below it. */
  pending: Entry | undefined;
}

class UpperScan {
  readonly #upper: string;
  readonly #options: ScanUpperOptions;
  readonly #entries: UpperEntries;
  readonly #attributes: UpperAttributes;
  readonly #builder = new EntryTableBuilder();
  readonly #leftovers: string[] = [];
  readonly #sockets: string[] = [];
  #isWhole = true;

  constructor(upper: string, options: ScanUpperOptions) {
    this.#upper = upper;
    this.#options = options;
    this.#entries = new UpperEntries(upper);
    this.#attributes = new UpperAttributes(upper, options);
  }

  close(): void {
    this.#entries.close();
  }

  async run(): Promise<UpperChanges> {
    this.#options.signal?.throwIfAborted();
    const names = this.#entries.namesIn("");
    await this.#attributes.readAll();
    this.#addRoot();
    await this.#walk({ path: "", parent: undefined, depth: 0, names, next: 0, pending: undefined });
    this.#warnOfSockets();
    return {
      upper: this.#upper,
      table: this.#builder.finish(),
      leftovers: this.#leftovers,
      isWhole: this.#isWhole,
    };
  }

  /** Without recursion: folders may be nested deeper than a stack. */
  async #walk(root: OpenFolder): Promise<void> {
    let seen = 0;
    for (let folder: OpenFolder | undefined = root; folder !== undefined;) {
      const name: string | undefined = folder.names[folder.next++];
      if (name === undefined) {
        if (folder.pending !== undefined) this.#leftovers.push(folder.path);
        folder = folder.parent;
        continue;
      }
      if (++seen % turnAfter === 0) {
        await setImmediate();
        this.#options.signal?.throwIfAborted();
      }
      const path: string = folder.path === "" ? name : `${folder.path}/${name}`;
      if (folder === root && mountPoints.has(name)) {
        this.#leftovers.push(path);
        continue;
      }
      const stats = this.#entries.stat(path);
      if (formatOf(stats) === "directory") folder = await this.#enter(folder, path, stats);
      else this.#addOther(folder, path, stats);
    }
  }

  async #enter(parent: OpenFolder, path: string, stats: BigIntStats): Promise<OpenFolder> {
    const depth = parent.depth + 1;
    if (depth > deepest) throw changesUnreadable(path, `more than ${deepest} folders are nested`);
    await this.#attributes.readFarDown(path, () => this.#entries.diskPath(path));
    const { isOpaque, xattrs } = this.#attributes.of(path);
    const entry = this.#entries.entryOf(path, stats, xattrs);
    const isUntouched = this.#options.phantoms.has(path) && !isOpaque && isAsMade(entry);
    if (!isUntouched) this.#put(parent, entry);
    if (isOpaque) this.#builder.add({ kind: "clear", path });
    const pending = isUntouched ? entry : undefined;
    return { path, parent, depth, names: this.#entries.namesIn(path), next: 0, pending };
  }

  #addOther(folder: OpenFolder, path: string, stats: BigIntStats): void {
    const format = formatOf(stats);
    const isPhantom = this.#options.phantoms.has(path);
    if (format === "socket") {
      this.#sockets.push(path);
      this.#leftovers.push(path);
      if (this.#options.isBelow?.(path) !== true) return;
      // No layer can hold the socket; what it has replaced is gone all the same.
      this.#addPending(folder);
      this.#builder.add({ kind: "remove", path });
      this.#isWhole = false;
    } else if (isPhantom && (format === "whiteout" || (format === "file" && stats.size === 0n))) {
      this.#leftovers.push(path);
    } else if (format === "whiteout") {
      this.#addPending(folder);
      this.#builder.add({ kind: "remove", path });
    } else {
      this.#put(folder, this.#entries.entryOf(path, stats, this.#attributes.of(path).xattrs));
    }
  }

  #put(folder: OpenFolder, entry: Entry): void {
    const { path } = entry;
    if (isWhiteoutPath(path.slice(path.lastIndexOf("/") + 1))) {
      throw changesUnreadable(path, "names that begin with .wh. mark deleted files in a layer; rename it");
    }
    this.#addPending(folder);
    this.#builder.add({ kind: "put", entry });
  }

  /** A phantom with something real below it is part of the image from now on. */
  #addPending(folder: OpenFolder | undefined): void {
    if (folder?.pending === undefined) return;
    this.#addPending(folder.parent);
    this.#builder.add({ kind: "put", entry: folder.pending });
    folder.pending = undefined;
  }

  #addRoot(): void {
    const entry = this.#entries.entryOf("", this.#entries.stat(""), this.#attributes.of("").xattrs);
    const { root, flavour } = this.#options;
    // Only who is root outside of user namespaces may use the trusted attributes.
    if (!isAsUnpacked(entry, root, flavour === "trusted")) this.#builder.add({ kind: "put", entry });
  }

  #warnOfSockets(): void {
    const [first, ...others] = this.#sockets;
    if (first === undefined) return;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    const message = `Left out of the layer: the socket ${JSON.stringify(`/${first}`)}${more}`;
    this.#options.warn("SOCKETS_LEFT_OUT", message);
  }
}
