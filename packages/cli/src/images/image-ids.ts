// The IDs that an image answers to: its root's digest, and of each image that it holds the manifest's and the
// config's digest.
import { isIndexType, manifestSizeLimit, parseManifest, type Descriptor, type Digest } from "@tsbuild/oci";
import { readAll, type LocalStore } from "@tsbuild/store";

/** Reads the local store only; what is not there has no ID here. */
export async function imageIds(store: LocalStore, root: Descriptor): Promise<Digest[]> {
  if (!(await store.has(root))) return [root.digest];
  const document = parseManifest(await readAll(store.read(root), manifestSizeLimit), root.mediaType);
  if (document.kind === "manifest") return [root.digest, document.manifest.config.digest];
  const children = document.index.manifests.filter((child) => !isIndexType(child.mediaType));
  const ids = await Promise.all(children.map((child) => imageIds(store, child)));
  return [root.digest, ...ids.flat()];
}
