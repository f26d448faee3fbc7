// The packed tarballs, installed by npm on the oldest Node that they ask for, build and push an image.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../command/run-tsbuild.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { packPackages } from "../packaging/pack-packages.ts";
import { openEmbeddedRegistry, type EmbeddedRegistry } from "../registries/embedded-registry.ts";

const oldestNode = "22.19.0";

describe.skipIf(cannotRun("packed tarballs"))(`the packed tarballs on Node ${oldestNode}`, () => {
  let place: EmbeddedRegistry;
  let installed: string;
  let node: string;
  beforeAll(async () => {
    place = await openEmbeddedRegistry("packed");
    installed = join(place.temporary.path, "installed");
    await runOrThrow("npx", ["tsc", "-b"], { cwd: checkout });
    const tarballs = await packPackages(join(place.temporary.path, "tarballs"));
    await mkdir(installed);
    const files = Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`]));
    const binary = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
    const manifest = {
      name: "user",
      private: true,
      type: "module",
      dependencies: { ...files, [binary]: oldestNode },
      overrides: files,
    };
    await writeFile(join(installed, "package.json"), JSON.stringify(manifest));
    await runOrThrow("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: installed });
    node = join(installed, "node_modules", binary, "bin/node");
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("is that Node", async () => {
    expect((await runOrThrow(node, ["--version"])).trim()).toBe(`v${oldestNode}`);
  });

  it("have no tests and no sources of other places in them", async () => {
    const scope = join(installed, "node_modules/@tsbuild");
    const files = await readdir(scope, { recursive: true });
    expect(files.filter((name) => /\.test\.|testdata/.test(name))).toEqual([]);
    expect(files.filter((name) => /dist\/index\.(js|d\.ts)$/.test(name)).length).toBeGreaterThanOrEqual(
      2 * (await readdir(scope)).length,
    );
  });

  it("build an image by the command, and push it", async () => {
    const context = join(place.temporary.path, "context");
    await mkdir(context);
    await writeFile(join(context, "a.txt"), "a\n");
    await writeFile(join(context, "Dockerfile"), "FROM scratch\nWORKDIR /made\nCOPY a.txt .\n");
    const image = `${place.registry.host}/packed`;
    const command = join(installed, "node_modules/.bin/tsbuild");
    await runOrThrow(node, [
      command,
      "build",
      "--quiet",
      "--push",
      "--tag",
      `${image}:1`,
      "--store",
      join(place.temporary.path, "store"),
      context,
    ]);
    const answer = await fetch(`${place.registry.url}/v2/packed/manifests/1`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { layers: unknown[] }).layers).toHaveLength(2);
  });

  it("build an image by the library", async () => {
    const script = join(installed, "build.mjs");
    await writeFile(
      script,
      `import { build } from "@tsbuild/builder";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore } from "@tsbuild/store";
const store = await openLocalStore(process.argv[2]);
const registries = createRegistryClient();
const { digest } = await build({ context: process.argv[3], tags: ["packed:1"], store, registries });
console.log(digest);
await registries[Symbol.asyncDispose]();
await store[Symbol.asyncDispose]();
`,
    );
    const [store, context] = [join(place.temporary.path, "store"), join(place.temporary.path, "context")];
    expect(await runOrThrow(node, [script, store, context], { cwd: installed })).toMatch(
      /^sha256:[0-9a-f]{64}\n$/,
    );
  });
});
