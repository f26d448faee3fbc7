// The entry point of the thread that reads a context. It shares the main thread's compile cache, when there is one,
// before anything else is loaded.
import module from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { ReaderRequest } from "./reader-protocol.ts";

const port = parentPort;
if (port === null) throw new Error("This module is the entry point of a worker thread");
const { compileCache } = workerData as { compileCache: string | undefined }; // from ReaderThread
if (compileCache !== undefined) module.enableCompileCache(compileCache);
const { ContextReader } = await import("./context-reader.ts");
const reader = new ContextReader();
port.on("message", (request: ReaderRequest | "end") => {
  if (request === "end") {
    // The thread ends by itself: to be ended while it still compiles can take the whole program down.
    port.close();
    return;
  }
  port.postMessage(reader.answer(request, (progress) => port.postMessage({ kind: "progress", progress })));
});
