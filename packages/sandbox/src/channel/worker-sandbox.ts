// The Sandbox of the main process: it asks the worker, and looks at the store itself only to see what is unpacked.
import { writeFile } from "node:fs/promises";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { EntryTable } from "@tsbuild/layer";
import type { Sandbox, UnpackOrder, Workspace, WorkspaceOrder } from "../sandbox.ts";
import { JoinedJobs } from "./joined-jobs.ts";
import type { WorkerChannel } from "./worker-channel.ts";
import { WorkerWorkspace } from "./worker-workspace.ts";

export interface WorkerAccess {
  readonly channel: WorkerChannel;
  readonly description: string;
  /** The folder of unpacked layers. */
  readonly unpacked: string;
  /** The temporary folder that the worker works in. */
  readonly folder: string;
  /** Ends everything that the commands may still do. */
  readonly signal: AbortSignal | undefined;
  /** Ends the worker. */
  close(): Promise<void>;
}

export class WorkerSandbox implements Sandbox {
  readonly description: string;
  readonly #access: WorkerAccess;
  readonly #unpacking = new JoinedJobs();
  #files = 0;
  #closed: Promise<void> | undefined;

  constructor(access: WorkerAccess) {
    this.#access = access;
    this.description = access.description;
  }

  isUnpacked(name: string): boolean {
    return lstatSync(join(this.#access.unpacked, name), { throwIfNoEntry: false }) !== undefined;
  }

  async unpack(order: UnpackOrder): Promise<void> {
    const { name, layer, tars } = order;
    if (this.isUnpacked(name)) return;
    const { channel } = this.#access;
    const signal = this.#signal(order.signal);
    const asker = { signal, onProgress: (bytes: number) => order.onProgress?.(bytes) };
    await this.#unpacking.join(name, asker, async (signal, onProgress) => {
      const changes = await this.#writeTable(order.changes);
      await channel.command("unpack", { name, changes, layer, tars: new Map(tars) }, { signal, onProgress });
    });
  }

  async readFile(name: string, path: string, limitBytes: number): Promise<Uint8Array | undefined> {
    const { channel, signal } = this.#access;
    return channel.command("read", { name, path, limitBytes }, { signal });
  }

  async open(order: WorkspaceOrder): Promise<Workspace> {
    const { lowers, phantoms, root } = order;
    const { channel } = this.#access;
    const stubs = await this.#writeTable(order.stubs);
    const workspace = await channel.command("open", { lowers, stubs, phantoms, root });
    return new WorkerWorkspace(channel, workspace, (signal) => this.#signal(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#access.close();
    await this.#closed;
  }

  /** A table may be of a million entries, and a file is the shortest way to another process. */
  async #writeTable(table: EntryTable): Promise<string> {
    const name = `t${this.#files++}`;
    await writeFile(join(this.#access.folder, name), table.toBytes());
    return name;
  }

  #signal(own: AbortSignal | undefined): AbortSignal | undefined {
    const { signal } = this.#access;
    if (own === undefined || signal === undefined) return own ?? signal;
    return AbortSignal.any([own, signal]);
  }
}
