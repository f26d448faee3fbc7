// A build context as it was when it was looked at: a tree of entries whose files are on disk, with content digests of
// those that were asked for.
import { digestAlgorithm, digestHex, parseDigest, type Digest } from "@tsbuild/oci";
import type { IgnoreMatcher } from "@tsbuild/dockerfile";
import { EntryTable, type Entry } from "@tsbuild/layer";
import { saveKnown, stateOf } from "./context-reader.ts";
import { FileIdentities, type FileIdentity } from "./file-identities.ts";
import type { HashProgress } from "./hash-files.ts";
import type { Attributes } from "./attributes-file.ts";
import type { ReaderChannel, ScannedContext } from "./reader-protocol.ts";
import type { RowsBelow, SourceTree } from "../copy/source-tree.ts";
import { diskContent } from "./walk-context.ts";

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly report?: (progress: HashProgress) => void;
}

/** Close it with `Symbol.asyncDispose` when no more files have to be hashed; it can still be asked then. */
export class ContextSnapshot implements SourceTree, AsyncDisposable {
  /** The folder, absolute, without symbolic links. */
  readonly folder: string;
  /**
   * The same for two scans only when the same files are there, untouched: names, modes, sizes, inodes and all times to
   * the nanosecond. Undefined when a file was changed so recently that its times might not tell of another change.
   */
  readonly fingerprint: Digest | undefined;
  readonly #table: EntryTable;
  readonly #reader: ReaderChannel;
  readonly #ignore: IgnoreMatcher | undefined;
  readonly #attributes: ReadonlyMap<string, Attributes>;
  readonly #identities: FileIdentities;
  readonly #ends: Uint32Array;
  readonly #groups = new Map<number, number>();
  readonly #digests: Buffer;
  readonly #known: Uint8Array;
  readonly #save: () => void;
  #learnt = false;

  constructor(
    folder: string,
    scanned: ScannedContext,
    reader: ReaderChannel,
    o: {
      readonly ignore?: IgnoreMatcher | undefined;
      /** Extended attributes by path. */
      readonly attributes?: ReadonlyMap<string, Attributes>;
      /** Where digests are remembered. */
      readonly cacheFile?: string | undefined;
    } = {},
  ) {
    this.folder = folder;
    this.fingerprint = scanned.fingerprint;
    this.#table = EntryTable.fromParts(scanned.parts);
    this.#reader = reader;
    this.#ignore = o.ignore;
    this.#attributes = o.attributes ?? new Map();
    this.#identities = new FileIdentities(scanned.identities);
    this.#ends = scanned.ends;
    this.#digests = Buffer.from(scanned.digests);
    this.#known = new Uint8Array(scanned.known);
    this.#save = () => {
      if (o.cacheFile !== undefined)
        saveKnown(
          stateOf({ kind: "scan", folder, ignore: undefined, cacheFile: o.cacheFile }, scanned),
          o.cacheFile,
        );
    };
    for (let i = 0; i + 1 < scanned.links.length; i += 2) {
      this.#groups.set(scanned.links[i] ?? 0, scanned.links[i + 1] ?? 0);
    }
  }

  /** How many entries there are, the root included. */
  get size(): number {
    return this.#table.length;
  }

  get(path: string): Entry | undefined {
    const row = this.#table.find(path);
    return row === -1 ? undefined : this.#entryAt(row);
  }

  list(path: string): Entry[] {
    const entries: Entry[] = [];
    const folder = this.#table.find(path);
    if (folder === -1) return entries;
    const end = this.#ends[folder] ?? 0;
    for (let row = folder + 1; row < end; row = this.#ends[row] ?? end) entries.push(this.#entryAt(row));
    return entries;
  }

  rowsBelow(path: string): RowsBelow | undefined {
    const row = this.#table.find(path);
    if (row === -1 || this.#groups.size > 0 || this.#attributes.size > 0) return undefined;
    const folder = (inside: string): string => diskContent(this.folder, inside).path.replace(/\/?$/, "/");
    return {
      table: this.#table,
      copy: {
        start: row + 1,
        end: this.#ends[row] ?? row + 1,
        content: { kind: "disk", folder },
        digests: { bytes: this.#digests, known: this.#known },
      },
    };
  }

  linkGroup(path: string): string | undefined {
    if (this.#groups.size === 0) return undefined;
    return this.#groups.get(this.#table.find(path))?.toString();
  }

  /** The ignore pattern that keeps `path` out of the context, whether there is such a file or not. */
  ignoredBy(path: string): string | undefined {
    const rule = this.#ignore?.ignoredBy(path);
    return rule && (rule.negated ? `!${rule.pattern}` : rule.pattern);
  }

  /** The digest of a file's content; undefined for other things, and for files that `hashFiles` was not asked about. */
  digestOf(path: string): Digest | undefined {
    const row = this.#table.find(path);
    return row === -1 ? undefined : this.#digestAt(row);
  }

  /** Device, inode, size and times (in nanoseconds) of `path` when it was looked at, to notice later changes. */
  identityOf(path: string): FileIdentity | undefined {
    const row = this.#table.find(path);
    return row === -1 ? undefined : this.#identities.get(row);
  }

  /**
   * Hashes the files at `paths`, but for those that are known already or that the cache knows. Gives how many files
   * were read. Throws ContextError CONTEXT_FILE_CHANGED or CONTEXT_UNREADABLE, what the signal was aborted with, and a
   * TypeError for a path that is no file.
   */
  async hashFiles(paths: Iterable<string>, options: HashOptions = {}): Promise<number> {
    const rows: number[] = [];
    let row = 0;
    for (const path of paths) {
      row = this.#findFrom(row, path);
      if (row === -1 || this.#table.kindAt(row) !== "file")
        throw new TypeError(`Cannot hash "${path}": it is no file`);
      if (this.#known[row] !== 1) rows.push(row);
    }
    return this.#hash(rows, options);
  }

  /** The same for all files of the rows that `rowsBelow` gave. */
  async hashRows({ copy }: RowsBelow, options: HashOptions = {}): Promise<number> {
    const rows: number[] = [];
    for (let row = copy.start; row < copy.end; row++) {
      if (this.#known[row] !== 1 && this.#table.kindAt(row) === "file") rows.push(row);
    }
    return this.#hash(rows, options);
  }

  async #hash(rows: readonly number[], options: HashOptions): Promise<number> {
    if (rows.length === 0) return 0;
    const reply = await this.#reader.request({ kind: "hash", rows: Uint32Array.from(rows) }, options);
    return reply.kind === "hashed" ? reply.filesRead : 0;
  }

  /**
   * Takes the digest of a file's content from somebody who has just read it, so that it need not be read again. The
   * reader remembers it for the next build once something else is hashed, or with `remember`.
   */
  learn(path: string, digest: Digest): void {
    const row = this.#table.find(path);
    if (row === -1 || this.#known[row] === 1 || digestAlgorithm(digest) !== "sha256") return;
    this.#digests.write(digestHex(digest), row * 32, 32, "hex");
    this.#known[row] = 1;
    this.#learnt = true;
  }

  /** Saves what was learnt for the next build. */
  remember(): void {
    if (!this.#learnt) return;
    this.#learnt = false;
    this.#save();
  }

  /** Gives back the memory of the reader when nothing is to be hashed for a while. */
  async rest(): Promise<void> {
    await this.#reader.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }

  /** The row of `path`, or -1. Paths mostly come in tree order: the next rows are looked at before a search. */
  #findFrom(row: number, path: string): number {
    for (let next = row + 1; next <= row + 3 && next < this.#table.length; next++) {
      if (this.#table.pathAt(next) === path) return next;
    }
    return this.#table.find(path);
  }

  #entryAt(row: number): Entry {
    const change = this.#table.at(row);
    if (change.kind !== "put") throw new TypeError(`Row ${row} is no entry`);
    const { entry } = change;
    const xattrs = this.#attributes.size === 0 ? undefined : this.#attributes.get(entry.path);
    if (xattrs !== undefined) entry.xattrs = xattrs;
    if (entry.kind !== "file") return entry;
    entry.content = diskContent(this.folder, entry.path);
    const contentDigest = this.#digestAt(row);
    if (contentDigest !== undefined) entry.contentDigest = contentDigest;
    return entry;
  }

  #digestAt(row: number): Digest | undefined {
    if (this.#known[row] !== 1) return undefined;
    return parseDigest(`sha256:${this.#digests.toString("hex", row * 32, row * 32 + 32)}`);
  }
}
