// How an OCI layout and the archives name images: annotations of the descriptors in index.json, as containerd,
// Docker and BuildKit write and read them.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
import type { Descriptor } from "@tsbuild/oci";
import { formatReference, parseReference, withDefaultTag } from "@tsbuild/oci";

const refName = "org.opencontainers.image.ref.name";
const imageName = "io.containerd.image.name";

/** The descriptor under a name. A full image name keeps its tag in `ref.name`, as BuildKit does. */
export function withName(descriptor: Descriptor, name: string): Descriptor {
  const full = fullName(name);
  const bare = withoutName(descriptor);
  const annotations: Record<string, string> = { ...bare.annotations, [refName]: name };
  return {
    ...bare,
    annotations:
      full === undefined ? annotations : { ...annotations, [imageName]: full, [refName]: tagOf(full) },
  };
}

/** The descriptor as it is called without the names of this file. */
export function withoutName(descriptor: Descriptor): Descriptor {
  if (descriptor.annotations === undefined) return descriptor;
  const { annotations: all, ...rest } = descriptor;
  const kept = Object.entries(all).filter(([key]) => key !== refName && key !== imageName);
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
}

/** The one name that a descriptor of an index goes by. */
export function nameOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[imageName] ?? descriptor.annotations?.[refName];
}

/** The descriptor that goes by this name, else the first whose `ref.name` it is. */
export function findNamed(descriptors: Descriptor[], name: string): Descriptor | undefined {
  const wanted = identity(name);
  return (
    descriptors.find((d) => nameOf(d) !== undefined && identity(nameOf(d) ?? "") === wanted) ??
    descriptors.find((d) => d.annotations?.[refName] === name)
  );
}

/** Two names of one image are the same text here: `busybox:1` and `docker.io/library/busybox:1`. */
export function identity(name: string): string {
  return fullName(name) ?? name;
}

/** A plain word is a tag of the layout; only with a colon or a slash is it an image's name. */
function fullName(name: string): string | undefined {
  if (!/[:/]/.test(name)) return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch {
    return undefined;
  }
}

function tagOf(full: string): string {
  const { tag, digest } = parseReference(full);
  return tag ?? digest ?? full;
}
