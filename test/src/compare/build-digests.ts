// Builds many contexts in one process, as whoever starts it, and prints each image's digest: `node build-digests.ts STORE
// PLAN.json`. So that the same can be built by root and by an ordinary user.
import { build } from "@tsbuild/builder";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore } from "@tsbuild/store";
import { readFileSync } from "node:fs";

/** One image to build. */
export interface DigestOrder {
  readonly name: string;
  readonly context: string;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

/** Times of files that RUN makes are clamped to this, so that they are the same. */
const sourceDateEpoch = 1_700_000_000;

const [storeFolder, planPath] = process.argv.slice(2);
if (storeFolder === undefined || planPath === undefined) {
  throw new TypeError("usage: node build-digests.ts STORE PLAN.json");
}
const orders = JSON.parse(readFileSync(planPath, "utf8")) as DigestOrder[];
const store = await openLocalStore(storeFolder);
const registries = createRegistryClient();
const digests: Record<string, string> = {};
try {
  for (const { name, context, target, buildArgs } of orders) {
    digests[name] = await build({
      ...{ context, store, registries, sourceDateEpoch, rewriteTimestamp: true, tags: [`${name}:1`] },
      ...(target === undefined ? {} : { target }),
      ...(buildArgs === undefined ? {} : { buildArgs }),
    }).then(
      ({ digest }) => digest,
      (error: unknown) => String(error),
    );
  }
} finally {
  await registries.close();
  await store[Symbol.asyncDispose]();
}
console.log(JSON.stringify(digests));
