// An image that the plan depends on, pinned: its manifest and config have been read, its layers have not.
import type { Span } from "@tsbuild/dockerfile";
import type { Descriptor, Digest, ImageConfig, Platform, Reference } from "@tsbuild/oci";

interface ResolvedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

export interface ResolvedImage {
  readonly reference: Reference;
  readonly platform: Platform;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  readonly layers: readonly ResolvedLayer[];
  /** Where layers that are not in the local store can be read. */
  readonly origin: "local" | { readonly registry: string; readonly repository: string };
}

/** What the planner asks the outside world for. */
export interface ImageRequest {
  /** As written, for messages. */
  readonly text: string;
  readonly reference: Reference;
  readonly platform: Platform;
  readonly neededBy: ImageUse;
}

interface ImageUse {
  readonly kind: "from" | "copy";
  readonly span: Span;
}
