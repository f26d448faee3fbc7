// The workspaces of one worker: for each a folder of its number with mount points (`stub`) and what a process writes
// (`upper`), which becomes an unpacked layer in the end.
import { lstatSync, mkdirSync } from "node:fs";
import { createTable, encodeName, type Attributes } from "@tsbuild/layer";
import { digestHex } from "@tsbuild/oci";
import { packUpper } from "../changes/pack-upper.ts";
import { removeTree } from "../changes/remove-tree.ts";
import { scanUpper } from "../changes/scan-upper.ts";
import { settleUpper } from "../changes/settle-upper.ts";
import type { CommandContext } from "../channel/command-server.ts";
import type { OpenCommand, PackCommand, RunCommand } from "../channel/message.ts";
import { runProcess } from "../run/run-process.ts";
import { SandboxError } from "../sandbox-error.ts";
import type { PackedChanges, ProcessExit, SandboxWarning } from "../sandbox.ts";
import { unpackLayer } from "../unpack/unpack-layer.ts";
import { checkLayerCount } from "./check-layer-count.ts";
import { readTable } from "./read-table.ts";
import type { WorkerPlace } from "./worker-place.ts";

interface Workspace {
  readonly folder: string;
  readonly upper: string;
  /** Links to the lower folders, the top-most first. */
  readonly lowers: readonly string[];
  readonly phantoms: readonly string[];
  readonly root: Attributes;
  /** Ends what goes on in it. */
  readonly abort: AbortController;
  /** What goes on in it. */
  busy: Promise<unknown>;
}

export class Workspaces {
  readonly #place: WorkerPlace;
  readonly #open = new Map<number, Workspace>();
  readonly #removing = new Set<Promise<void>>();
  #last = 0;

  constructor(place: WorkerPlace) {
    this.#place = place;
  }

  async open({ lowers, stubs, phantoms, root }: OpenCommand): Promise<number> {
    const table = readTable(stubs);
    const { layers } = this.#place;
    for (const name of lowers) if (!layers.has(name)) throw hasGone(name);
    const links = lowers.map((name) => layers.link(name)).reverse();
    checkLayerCount(links);
    const id = ++this.#last;
    const folder = String(id);
    const upper = `${folder}/upper`;
    for (const path of [folder, `${folder}/stub`, upper]) mkdirSync(path);
    this.#open.set(id, {
      ...{ folder, upper, lowers: links, phantoms, root },
      abort: new AbortController(),
      busy: Promise.resolve(),
    });
    try {
      await this.#fill(`${folder}/stub`, table);
      // The root folder of an overlay is that of its upper folder. Its time changes with whatever is made in it.
      const entry = { ...root, kind: "directory", path: "", mtimeNsec: 0 } as const;
      await this.#fill(upper, createTable([{ kind: "put", entry }]));
      return id;
    } catch (error) {
      await this.#remove(id);
      throw error;
    }
  }

  async run({ workspace, process }: RunCommand, context: CommandContext): Promise<ProcessExit> {
    const { machine, warn } = this.#place;
    return this.#busyWith(workspace, context, ({ folder, lowers }, signal) =>
      runProcess({
        ...{ folder, lowers, machine, warn },
        process: { ...process, signal },
        onOutput: (stream, bytes) => context.output(stream, bytes),
      }),
    );
  }

  async pack(order: PackCommand, context: CommandContext): Promise<PackedChanges> {
    const { store, layers, flavour } = this.#place;
    const warnings: SandboxWarning[] = [];
    const packed = await this.#busyWith(order.workspace, context, async (workspace, signal) => {
      const { upper, phantoms, root } = workspace;
      const changes = await scanUpper(upper, {
        flavour: flavour.attributes,
        phantoms: new Set(phantoms),
        root,
        signal,
        isBelow: (path) => this.#isInSome(workspace.lowers, path),
        warn: (code, message) => warnings.push({ code, message }),
      });
      const packed = await packUpper(changes, store, {
        ...(order.compression && { compression: order.compression }),
        ...(order.clampMtimeSec !== undefined && { clampMtimeSec: order.clampMtimeSec }),
        signal,
        onProgress: (bytes) => context.progress(bytes),
      });
      const name = digestHex(packed.diffId);
      if (changes.isWhole && !layers.has(name)) {
        await settleUpper(upper, changes, order.clampMtimeSec);
        layers.adopt(upper, name); // where another process was faster, this one goes with the workspace
      }
      return packed;
    });
    void this.#remove(order.workspace);
    return { ...packed, warnings };
  }

  /** May say yes where a layer between hides it: the whiteout that follows says nothing new then. */
  #isInSome(lowers: readonly string[], path: string): boolean {
    const { layers } = this.#place;
    return lowers.some((link) => {
      const file = Buffer.concat([Buffer.from(`${layers.linkPath(link)}/`), encodeName(path)]);
      const stats = lstatSync(file, { throwIfNoEntry: false });
      return stats !== undefined && !(stats.isCharacterDevice() && stats.rdev === 0);
    });
  }

  /** Ends what goes on in it first. */
  async discard({ workspace }: { readonly workspace: number }): Promise<undefined> {
    const found = this.#open.get(workspace);
    if (found === undefined) return;
    found.abort.abort();
    await found.busy;
    await this.#remove(workspace);
  }

  async discardAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((workspace) => this.discard({ workspace })));
    await Promise.all(this.#removing);
  }

  /** Beside whatever comes next: nobody waits for it but `discardAll`. */
  #remove(id: number): Promise<void> {
    const found = this.#open.get(id);
    if (found === undefined) return Promise.resolve();
    this.#open.delete(id);
    // What cannot be removed now is for the next one to sweep.
    const removing = removeTree(found.folder).catch(() => undefined);
    this.#removing.add(removing);
    void removing.then(() => this.#removing.delete(removing));
    return removing;
  }

  async #busyWith<T>(
    id: number,
    context: CommandContext,
    work: (workspace: Workspace, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const workspace = this.#open.get(id);
    if (workspace === undefined) throw new TypeError(`There is no workspace ${id}`);
    const done = work(workspace, AbortSignal.any([context.signal, workspace.abort.signal]));
    workspace.busy = done.catch(() => undefined);
    return done;
  }

  async #fill(folder: string, changes: Parameters<typeof unpackLayer>[1]["changes"]): Promise<void> {
    const { flavour, machine, warn } = this.#place;
    const { attributes } = flavour;
    const { isRoot } = machine;
    await unpackLayer(folder, { changes, tars: new Map(), flavour: attributes, isRoot, warn });
  }
}

function hasGone(name: string): SandboxError {
  return new SandboxError(
    "UNPACK_FAILED",
    `Cannot make a root file system: the unpacked layer ${name} is not in the store any more; build again`,
    { facts: { reason: `no unpacked layer ${name}` } },
  );
}
