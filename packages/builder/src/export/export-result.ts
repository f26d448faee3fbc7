// The last verb: the documents go into the store, the outputs get theirs, the caller gets the digests.
import type { Descriptor } from "@tsbuild/oci";
import type { BuildOptions, BuildResult, Output } from "../build-options.ts";
import type { OpenBuild } from "../open-build.ts";
import { annotationsByLevel } from "./annotations.ts";
import type { FinishedImage } from "./built-image.ts";
import { exportImages } from "./export-images.ts";
import { indexDocument } from "./index-document.ts";
import { oneChunk } from "../one-chunk.ts";

/** Writes and sends what was built. */
export async function exportResult(images: readonly FinishedImage[], open: OpenBuild): Promise<BuildResult> {
  const { options, progress, library, signal, jobs } = open;
  const { store, registries } = options;
  for (const { document } of images) {
    await store.write(oneChunk(document.config.bytes), { expected: document.config.descriptor });
    await store.write(oneChunk(document.manifest.bytes), { expected: document.manifest.descriptor });
  }
  const [first] = images;
  if (first === undefined) throw new RangeError("no platform was built");
  const levels = annotationsByLevel(options.annotations ?? {});
  const root =
    images.length === 1
      ? annotated(first.document.manifest.descriptor, levels["manifest-descriptor"])
      : annotated(await writeIndex(images, open), levels["index-descriptor"]);
  await open.backgroundDone();
  const names = await exportImages(
    { root, images, outputs: outputsOf(options), names: options.tags ?? [] },
    { store, registries, library, progress, jobs, signal },
  );
  return {
    root,
    digest: root.digest,
    images: images.map(({ platform, document }) => ({
      platform,
      manifest: document.manifest.descriptor,
      config: document.config.descriptor,
    })),
    names,
    steps: progress.counts,
  };
}

function outputsOf(options: BuildOptions): readonly Output[] {
  if (options.outputs !== undefined && options.outputs.length > 0) return options.outputs;
  return [{ type: "image" }];
}

/** Annotations of a descriptor are seen where there is one: in the index.json of an OCI layout. */
function annotated(descriptor: Descriptor, annotations: Record<string, string>): Descriptor {
  return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
}

async function writeIndex(images: readonly FinishedImage[], open: OpenBuild) {
  const levels = annotationsByLevel(open.options.annotations ?? {});
  const index = indexDocument(images, {
    index: levels.index,
    manifestDescriptor: levels["manifest-descriptor"],
  });
  await open.options.store.write(oneChunk(index.bytes), { expected: index.descriptor });
  return index.descriptor;
}
