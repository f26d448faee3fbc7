// An image as a test looks at it: unpacked by umoci from an OCI layout, its config read from the blob.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";
import type { ComparedConfig } from "./compare-configs.ts";
import type { Tree } from "./tree-node.ts";
import { walkTree } from "./walk-tree.ts";

export interface UnpackedImage {
  readonly tree: Tree;
  readonly config: ComparedConfig;
}

interface LayoutIndex {
  readonly manifests: readonly {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** `scratch` is a folder that does not exist yet; it is gone afterwards. */
export async function unpackImage(layout: string, tag: string, scratch: string): Promise<UnpackedImage> {
  await runOrThrow("umoci", ["unpack", "--image", `${layout}:${tag}`, scratch]);
  const tree = await walkTree(join(scratch, "rootfs"));
  await rm(scratch, { recursive: true, force: true });
  return { tree, config: await readConfig(layout, tag) };
}

async function readConfig(layout: string, tag: string): Promise<ComparedConfig> {
  const index = await readJson<LayoutIndex>(join(layout, "index.json"));
  const root = index.manifests.find((one) => one.annotations?.["org.opencontainers.image.ref.name"] === tag);
  if (root === undefined) throw new Error(`Cannot read ${layout}: it has no image tagged ${tag}`);
  const manifest = await readBlob<{ readonly config: { readonly digest: string } }>(layout, root.digest);
  return readBlob<ComparedConfig>(layout, manifest.config.digest);
}

function readBlob<T>(layout: string, digest: string): Promise<T> {
  return readJson<T>(join(layout, "blobs", digest.replace(":", "/")));
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8"));
}
