// Sends an image to a repository. A blob that the registry already has elsewhere is mounted, not moved.
import { formatReference, type Descriptor, type Reference } from "@tsbuild/oci";
import type { RegistryClient, Repository } from "@tsbuild/registry-client";
import { copy, type CopyEvent, type LocalStore } from "@tsbuild/store";
import { BuildError, messageOf } from "../build-error.ts";
import type { StepProgress } from "../progress.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import { imageReader } from "./image-reader.ts";

export interface PushOptions {
  readonly store: LocalStore;
  readonly registries: RegistryClient;
  readonly library: LayerLibrary;
  readonly progress: StepProgress;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Pushes `root` and all that it names, the tag last. */
export async function pushImage(
  root: Descriptor,
  blobs: readonly Descriptor[],
  reference: Reference,
  o: PushOptions,
): Promise<void> {
  const repository = o.registries.repository(reference);
  const signal = o.signal === undefined ? {} : { signal: o.signal };
  try {
    // A registry takes a manifest only with all its blobs, so the same tag on the same digest needs nothing more.
    if (reference.tag !== undefined) {
      const there = await repository.resolve(reference.tag, signal);
      if (there?.digest === root.digest) return;
    }
    await Promise.all(blobs.map((blob) => mountBlob(blob, reference, repository, o)));
    await copy(root, imageReader(o.library), repository, {
      ...signal,
      jobs: o.jobs,
      report: (event) => reportCopy(event, o.progress),
    });
    if (reference.tag !== undefined) await repository.tag(reference.tag, root, signal);
  } catch (error) {
    if (o.signal?.aborted === true) throw error;
    throw new BuildError("EXPORT_FAILED", `Cannot push ${formatReference(reference)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Mounts from a repository of the same registry that is known to have the blob; if none will, `copy` uploads it. */
export async function mountBlob(
  blob: Descriptor,
  reference: Reference,
  repository: Repository,
  o: Omit<PushOptions, "progress">,
): Promise<void> {
  const locations = await o.store.elsewhere.find(blob.digest);
  if (
    locations.length === 0 ||
    (await repository.has(blob, o.signal === undefined ? {} : { signal: o.signal }))
  )
    return;
  for (const location of locations) {
    if (location.registry !== reference.registry || location.repository === reference.repository) continue;
    const signal = o.signal === undefined ? {} : { signal: o.signal };
    if (await repository.mount(blob, o.registries.repository(location), signal)) return;
  }
}

function reportCopy(event: CopyEvent, progress: StepProgress): void {
  const { blob } = event;
  const id = `pushing ${blob.digest}`;
  switch (event.kind) {
    case "started":
    case "progress":
      progress.transfer(id, event.bytes ?? 0, blob.size, false);
      return;
    case "exists":
    case "mounted":
      return;
    case "done":
      progress.transfer(id, blob.size, blob.size, true);
  }
}
