// What `tsbuild inspect` prints: docker's structure and keys, as far as they mean something without a daemon.
import type { LocalStore } from "@tsbuild/store";
import { familiarName } from "./find-image.ts";
import { isNameless } from "./nameless.ts";
import type { ImageDetails } from "./read-image.ts";

/** `names` are the store's. The result goes through JSON.stringify. */
export async function describeImage(
  image: ImageDetails,
  names: readonly string[],
  store: LocalStore,
): Promise<Record<string, unknown>> {
  const config = image.config.document;
  return {
    Id: image.config.digest,
    RepoTags: names.filter((name) => !name.includes("@") && !isNameless(name)).map(familiarName),
    RepoDigests: await repoDigests(image, names, store),
    Comment: config.history?.at(-1)?.comment ?? "",
    Created: config.created,
    Author: config.author ?? "",
    Architecture: config.architecture,
    Variant: config.variant,
    Os: config.os,
    Size: image.size,
    Config: config.config ?? {},
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Descriptor: image.root,
    Manifest: image.manifest.document,
  };
}

// Where the image is known to be in a registry.
async function repoDigests(
  image: ImageDetails,
  names: readonly string[],
  store: LocalStore,
): Promise<string[]> {
  const places = await store.elsewhere.find(image.root.digest);
  const digests = places.map(({ registry, repository }) => `${registry}/${repository}@${image.root.digest}`);
  const named = names.filter((name) => name.includes("@"));
  return [...new Set([...digests, ...named].map(familiarName))];
}
