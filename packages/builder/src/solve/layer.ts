// A layer of an image being built: named by both its digests, with where it can be read.
import type { Descriptor, Digest } from "@tsbuild/oci";

export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}
