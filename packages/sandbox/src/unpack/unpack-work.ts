// What all parts of one unpacking share.
import { rmdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Entry, EntryTable } from "@tsbuild/layer";
import type { Digest } from "@tsbuild/oci";
import type { SandboxWarningCode } from "../sandbox.ts";
import type { OverlayFlavour } from "./attribute-rules.ts";
import { Creator } from "./creator.ts";
import { TreePaths } from "./tree-paths.ts";
import { unpackFailure } from "./unpack-failure.ts";

export interface UnpackLayerOrder {
  /** What the folder will hold. Every parent folder has a row, and hard links stay inside. */
  readonly changes: EntryTable;
  /**
   * The uncompressed tar that slices of `diffId` are read from; read once to its end, and proven to be that layer. Each
   * chunk is memory of its own, which nobody changes.
   */
  readonly source?: { readonly diffId: Digest; readonly bytes: AsyncIterable<Uint8Array> } | undefined;
  /** Uncompressed tars in which slices of other layers are (paths, believed); wins over `source`. */
  readonly tars: ReadonlyMap<Digest, string>;
  readonly flavour: OverlayFlavour;
  /** Whether this process is root outside of user namespaces: devices and trusted attributes can be made. */
  readonly isRoot: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of contents have been written so far. */
  onProgress?(bytes: number): void;
  warn(code: SandboxWarningCode, message: string): void;
}

/** How many rows are done in one turn of the event loop. */
const rowsPerTurn = 256;

export class UnpackWork {
  readonly folder: string;
  readonly order: UnpackLayerOrder;
  readonly paths: TreePaths;
  readonly creator: Creator;
  /** For what is made by programs, under names that need no care; the layer has nothing of this name. */
  readonly scratch: string;
  /** Rows of folders, and of others, that want a time which Node could not set exactly. */
  readonly fineFolderTimes: number[] = [];
  readonly fineTimes: number[] = [];

  constructor(folder: string, order: UnpackLayerOrder) {
    this.folder = folder;
    this.order = order;
    this.paths = new TreePaths(folder);
    let name = ".new";
    while (order.changes.find(name) >= 0) name += "-";
    this.scratch = `${folder}/${name}`;
    this.creator = Creator.byMaking(this.scratch);
  }

  get table(): EntryTable {
    return this.order.changes;
  }

  entryAt(row: number): Entry {
    const change = this.table.at(row);
    if (change.kind !== "put") throw new TypeError(`Row ${row} is no entry`);
    return change.entry;
  }

  /** Lets others have a turn; ends here when the unpacking was cancelled. */
  async pause(): Promise<void> {
    await setImmediate();
    this.order.signal?.throwIfAborted();
  }

  /** Does something to each row; errors of system calls name the row's path. */
  async forEach(rows: readonly number[], act: (row: number) => void): Promise<void> {
    for (let i = 0; i < rows.length; i++) {
      if (i % rowsPerTurn === rowsPerTurn - 1) await this.pause();
      const row = rows[i]!;
      try {
        act(row);
      } catch (error) {
        throw unpackFailure(error, this.table.pathAt(row));
      }
    }
  }

  removeScratch(): void {
    rmdirSync(this.scratch);
  }

  close(): void {
    this.paths.close();
  }
}
