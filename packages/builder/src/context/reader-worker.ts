// The entry point of the thread that reads a context.
import { parentPort } from "node:worker_threads";
import { ContextReader } from "./context-reader.ts";
import type { ReaderRequest } from "./reader-protocol.ts";

const port = parentPort;
if (port === null) throw new Error("This module is the entry point of a worker thread");
const reader = new ContextReader();
port.on("message", (request: ReaderRequest | "end") => {
  if (request === "end") {
    // The thread ends by itself: to be ended while it still compiles can take the whole program down.
    port.close();
    return;
  }
  port.postMessage(reader.answer(request, (progress) => port.postMessage({ kind: "progress", progress })));
});
