// Content digests of files that lie in layers: those that this project packed carry them, others are read.
import { openContent } from "@tsbuild/layer";
import { createHasher, type Digest } from "@tsbuild/oci";
import { selectedItems, type Selection } from "../copy/select-sources.ts";
import type { LayerLibrary } from "./layer-library.ts";

/** The digests of a selection's files, by path in the source. */
export async function contentDigests(
  selection: Selection,
  library: LayerLibrary,
  signal: AbortSignal,
): Promise<(path: string) => Digest | undefined> {
  const digests = new Map<string, Digest>();
  for (const root of selection.roots) {
    for (const { entry } of selectedItems(selection, root)) {
      if (entry.kind !== "file" || entry.content.kind === "bytes" || digests.has(entry.path)) continue;
      signal.throwIfAborted();
      if (entry.contentDigest !== undefined) {
        digests.set(entry.path, entry.contentDigest);
        continue;
      }
      await library.fileOf(entry.content);
      const hasher = createHasher();
      const bytes = openContent(entry.content, entry.size, {
        layerFile: (diffId) => library.filePath(diffId),
      });
      for await (const chunk of bytes) hasher.update(chunk);
      digests.set(entry.path, hasher.digest());
    }
  }
  return (path) => digests.get(path);
}
