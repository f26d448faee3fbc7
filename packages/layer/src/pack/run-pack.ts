// What the packing thread does: it writes one tar into the ring of blocks and ends. It loads nothing but this package's
// own code and Node's, so that it starts fast.
import { receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Digest } from "@tsbuild/oci";
import { EntryTable } from "../table/entry-table.ts";
import { blockRingOutlet } from "./block-ring.ts";
import { describeError, restoreError } from "./pack-message.ts";
import type { PackAnswer, PackMessage, PackOrder } from "./pack-message.ts";
import { writeTar } from "./write-tar.ts";

/** Runs on the thread; whatever happens is told to the main thread. */
export function runPack(port: MessagePort, order: PackOrder): void {
  const tell = (message: PackMessage) => port.postMessage(message);
  try {
    const outlet = blockRingOutlet(order.ring, (length) => tell({ kind: "block", length }));
    const { diffId, tarSize, table } = writeTar(
      {
        table: EntryTable.fromParts(order.parts),
        layerFile: (diffId) => askForLayer(port, order, diffId),
        blocks: order.blocks,
        hashContents: order.hashContents,
        clampMtimeSec: order.clampMtimeSec,
      },
      outlet,
    );
    tell({ kind: "done", diffId, tarSize, parts: table.parts() });
  } catch (error) {
    tell({ kind: "failed", error: describeError(error) });
  }
}

/** Sleeps until the main thread has answered: nothing else can be done here meanwhile. */
function askForLayer(port: MessagePort, order: PackOrder, diffId: Digest): string {
  const answers = new Int32Array(order.answers);
  const before = Atomics.load(answers, 0);
  const question: PackMessage = { kind: "question", diffId };
  port.postMessage(question);
  Atomics.wait(answers, 0, before);
  const received: { message: PackAnswer } | undefined = receiveMessageOnPort(port);
  if (!received) throw new TypeError("the main thread gave no answer");
  if ("error" in received.message) throw restoreError(received.message.error);
  return received.message.path;
}
