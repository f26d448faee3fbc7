// Where an image is: in the local store when its tag is there (unless the newest is asked for), else in its registry.
import { formatReference, type Descriptor, type Reference } from "@tsbuild/oci";
import type { Span } from "@tsbuild/dockerfile";
import type { RegistryClient } from "@tsbuild/registry-client";
import type { BlobReader, LocalStore } from "@tsbuild/store";
import type { ResolvedImage } from "./resolved-image.ts";

export interface SourceOptions {
  readonly store: LocalStore;
  readonly registries: RegistryClient;
  /** Ask the registry even for what the local store has. */
  readonly pull?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly warn?: (code: string, message: string, span?: Span) => void;
}

export interface ImageSource {
  /** The manifest or index that the name means. */
  readonly root: Descriptor;
  readonly reader: BlobReader;
  readonly origin: ResolvedImage["origin"];
}

/** The image's source, or undefined when its registry does not know it. */
export async function openImageSource(
  reference: Reference,
  o: SourceOptions,
): Promise<ImageSource | undefined> {
  if (o.pull !== true) {
    const local = await o.store.tags.resolve(formatReference(reference));
    if (local !== undefined) return { root: local, reader: o.store, origin: "local" };
  }
  const repository = o.registries.repository(reference);
  const wanted = reference.digest ?? reference.tag ?? "latest";
  const root = await repository.resolve(wanted, o.signal === undefined ? {} : { signal: o.signal });
  if (root === undefined) return undefined;
  const origin = { registry: reference.registry, repository: reference.repository };
  return { root, reader: repository, origin };
}
