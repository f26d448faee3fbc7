// Builds an image from TypeScript and pushes it: the store and the registry client are yours, so that several builds
// can share them; events come through `report`; an AbortSignal stops everything.
//
//   node examples/library/build-image.ts CONTEXT REGISTRY/NAME:TAG
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, BuildError, type ProgressEvent } from "@tsbuild/builder";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore } from "@tsbuild/store";

const [context = ".", tag = "localhost:5000/example:1"] = process.argv.slice(2);

const store = await openLocalStore(process.env["TSBUILD_STORE"] ?? join(tmpdir(), "tsbuild-example-store"));
const registries = createRegistryClient();
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

/** Facts, not text: what to show of them is up to you. */
function report(event: ProgressEvent): void {
  if (event.kind === "step-started") console.error(`${event.step}: ${event.name}`);
  if (event.kind === "step-cached") console.error(`${event.step}: from the cache`);
  if (event.kind === "warning") console.error(`warning: ${event.message}`);
}

try {
  const result = await build({
    context,
    tags: [tag],
    outputs: [{ type: "image", push: true }],
    store,
    registries,
    report,
    signal: interrupted.signal,
  });
  console.log(result.digest);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  const line = error.location?.span.start.line;
  console.error(line === undefined ? error.message : `line ${line}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await registries[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}
