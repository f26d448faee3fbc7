// Makes an unpacked layer: in a temporary folder, which gets its name when it is whole.
import { mkdirSync } from "node:fs";
import { decompress } from "@tsbuild/layer";
import { removeTree } from "../changes/remove-tree.ts";
import type { CommandContext } from "../channel/command-server.ts";
import type { UnpackCommand } from "../channel/message.ts";
import { unpackLayer, type UnpackLayerOrder } from "../unpack/unpack-layer.ts";
import { readTable } from "./read-table.ts";
import type { WorkerPlace } from "./worker-place.ts";

// Whoever made the index has unfolded these very bytes before, under limits of its own.
const limits = { maxRatio: Infinity };

export class LayerUnpacker {
  readonly #place: WorkerPlace;
  #folders = 0;

  constructor(place: WorkerPlace) {
    this.#place = place;
  }

  async unpack(order: UnpackCommand, context: CommandContext): Promise<undefined> {
    const changes = readTable(order.changes);
    const { layers, flavour, machine, warn } = this.#place;
    if (layers.has(order.name)) return;
    const folder = `u${this.#folders++}`;
    mkdirSync(folder);
    try {
      await unpackLayer(folder, {
        changes,
        source: this.#open(order.layer, context.signal),
        tars: order.tars,
        flavour: flavour.attributes,
        isRoot: machine.isRoot,
        signal: context.signal,
        onProgress: (bytes) => context.progress(bytes),
        warn,
      });
      if (layers.adopt(folder, order.name)) return;
    } catch (error) {
      await removeTree(folder).catch(() => undefined); // it is swept later; why it failed matters more
      throw error;
    }
    await removeTree(folder); // another process was faster
  }

  #open(layer: UnpackCommand["layer"], signal: AbortSignal): UnpackLayerOrder["source"] {
    if (layer === undefined) return undefined;
    const { store } = this.#place;
    return {
      diffId: layer.diffId,
      bytes: decompress(store.read(layer.blob, { signal }), { signal, limits }),
    };
  }
}
