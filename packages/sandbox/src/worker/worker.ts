// The entry point of the worker process: the first process of its PID namespace, root of its mount namespace. It lives as
// long as the channel to the process that has started it.
import v8 from "node:v8";
import { closeInheritedDescriptors } from "./close-inherited-descriptors.ts";
import { prepareMachine } from "./prepare-machine.ts";

closeInheritedDescriptors();
process.umask(0o022);
process.once("disconnect", () => process.exit(0));
// As the command's own process: a young generation that grows costs memory, and layers pass as streams.
v8.setFlagsFromString("--semi-space-growth-factor=1");

// Programs try what this machine can do while the rest is being loaded, which takes as long.
const preparing = prepareMachine();
preparing.catch(() => undefined); // told when somebody can be told
const { serveSandbox } = await import("./serve-sandbox.ts");
serveSandbox(preparing, {
  // Nobody can be told that there is nobody to tell.
  send: (message) => process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (receive) => process.on("message", receive as (message: unknown) => void),
});
