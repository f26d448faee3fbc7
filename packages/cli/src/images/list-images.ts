// The rows of `tsbuild images`: one for each name in the local store.
import { formatFamiliar, parseReference, type Descriptor } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";
import { isNameless } from "./nameless.ts";
import { readImage, type ImageDetails } from "./read-image.ts";

export interface ListedImage {
  /** As people write it: `busybox`, `registry.example/app`. */
  readonly repository: string;
  /** `<none>` for a name with a digest instead, or no name. */
  readonly tag: string;
  readonly root: Descriptor;
  /** The config's digest; the root's when the config is not in the store. */
  readonly id: string;
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Bytes of the compressed layers and the config; undefined when unknown. */
  readonly size: number | undefined;
}

/** All names, the newest image first. */
export async function listImages(store: LocalStore): Promise<ListedImage[]> {
  const details = new Map<string, Promise<ImageDetails | undefined>>();
  const images: ListedImage[] = [];
  const tags = await store.tags.list();
  const named = new Set(
    tags.flatMap(({ name, descriptor }) => (isNameless(name) ? [] : [descriptor.digest])),
  );
  for (const { name, descriptor } of tags) {
    if (isNameless(name) && named.has(descriptor.digest)) continue;
    const known = details.get(descriptor.digest) ?? readImage(descriptor, store).catch(() => undefined);
    details.set(descriptor.digest, known);
    const image = await known;
    images.push({
      ...splitName(name),
      root: descriptor,
      id: image?.config.digest ?? descriptor.digest,
      created: image?.config.document.created,
      size: image?.size,
    });
  }
  const time = (image: ListedImage) => Date.parse(image.created ?? "") || 0;
  return images.sort((a, b) => time(b) - time(a));
}

function splitName(name: string): { repository: string; tag: string } {
  if (isNameless(name)) return { repository: "<none>", tag: "<none>" };
  try {
    const { tag, digest: _, ...repository } = parseReference(name);
    return { repository: formatFamiliar(repository), tag: tag ?? "<none>" };
  } catch {
    return { repository: name, tag: "<none>" };
  }
}
