// The packing thread's entry point. It shares the main thread's compile cache, when there is one, before anything else
// is loaded: to compile the rest again takes longer than to pack a small layer.
import module from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { PackOrder } from "./pack-message.ts";

const order = workerData as PackOrder; // from PackThread
if (order.compileCache !== undefined) module.enableCompileCache(order.compileCache);
const { runPack } = await import("./run-pack.ts");
if (parentPort) runPack(parentPort, order);
