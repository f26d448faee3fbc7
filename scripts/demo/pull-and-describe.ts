// Pulls an image by digest into memory, which verifies every byte on the way, and says what it is made of.
import { parseImageConfig, parseManifest } from "@tsbuild/oci";
import { createRegistryClient } from "@tsbuild/registry-client";
import { copy, MemoryStore, readAll } from "@tsbuild/store";
import { formatBytes } from "./print-step.ts";

/** One line for each layer, with the instruction that made it. */
export async function pullAndDescribe(repositoryName: string, digest: string): Promise<string[]> {
  const registries = createRegistryClient();
  try {
    const repository = registries.repository(repositoryName);
    const root = await repository.resolve(digest);
    if (root === undefined) throw new Error(`Cannot pull ${repositoryName}@${digest}: not there`);
    const store = new MemoryStore();
    await copy(root, repository, store);

    const document = parseManifest(await readAll(store.read(root), 4 << 20), root.mediaType);
    if (document.kind !== "manifest")
      throw new Error(`Cannot describe ${digest}: not an image for one platform`);
    const config = parseImageConfig(await readAll(store.read(document.manifest.config), 4 << 20));
    const made = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
    return document.manifest.layers.map(
      ({ digest, size }, index) =>
        `${digest.slice(0, 19)}…  ${formatBytes(size).padStart(9)}  ${shorten(made[index]?.created_by ?? "")}`,
    );
  } finally {
    await registries[Symbol.asyncDispose]();
  }
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
