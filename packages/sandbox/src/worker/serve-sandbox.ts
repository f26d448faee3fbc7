// The worker's life: it tries what the machine can do, says so, and then serves commands.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { shareLocalStore } from "@tsbuild/store";
import { CommandServer } from "../channel/command-server.ts";
import type { FromWorker, ToWorker } from "../channel/message.ts";
import type { Port } from "../channel/port.ts";
import { formatFlavour } from "./flavour.ts";
import type { PreparedMachine } from "./prepare-machine.ts";
import { readUnpackedFile } from "./read-unpacked-file.ts";
import { sweep } from "./sweep.ts";
import { LayerUnpacker } from "./unpack-command.ts";
import { UnpackedLayers } from "./unpacked-layers.ts";
import type { WorkerPlace } from "./worker-place.ts";
import { Workspaces } from "./workspaces.ts";

/** The current folder is the worker's own. */
export function serveSandbox(preparing: Promise<PreparedMachine>, port: Port<FromWorker, ToWorker>): void {
  let server: CommandServer | undefined;
  const start = async (storeRoot: string): Promise<FromWorker> => {
    const { flavour, result } = await preparing;
    if (result.kind === "unusable") return result;
    const isRoot = flavour.attributes === "trusted";
    mkdirSync("s");
    const place: WorkerPlace = {
      store: shareLocalStore(storeRoot, join(process.cwd(), "s")),
      flavour,
      machine: { volatile: result.volatile, userxattr: !isRoot, isRoot },
      layers: new UnpackedLayers(join(storeRoot, "unpacked", formatFlavour(flavour)), "l"),
      warn: warnOnce(port),
    };
    server = new CommandServer(port, handlersOf(place));
    return { kind: "ready", unpacked: place.layers.folder };
  };
  port.onMessage((message) => {
    if (message.kind === "start")
      void start(message.store)
        .catch(unusable)
        .then((answer) => port.send(answer));
    else server?.receive(message);
  });
}

function unusable(error: unknown): FromWorker {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "unusable", step: "worker", reason };
}

/** What is so for one process is so for all of them. */
function warnOnce(port: Port<FromWorker, ToWorker>): WorkerPlace["warn"] {
  const told = new Set<string>();
  return (code, message) => {
    if (told.has(message)) return;
    told.add(message);
    port.send({ kind: "warning", code, message });
  };
}

function handlersOf(place: WorkerPlace): ConstructorParameters<typeof CommandServer>[1] {
  const unpacker = new LayerUnpacker(place);
  const workspaces = new Workspaces(place);
  return {
    unpack: (order, context) => unpacker.unpack(order, context),
    read: (order) => Promise.resolve(readUnpackedFile(place.layers, order)),
    open: (order) => workspaces.open(order),
    run: (order, context) => workspaces.run(order, context),
    pack: (order, context) => workspaces.pack(order, context),
    discard: (order) => workspaces.discard(order),
    sweep: ({ folders }, { signal }) => sweep(place, folders, signal),
    cleanUp: () => workspaces.discardAll(),
  };
}
