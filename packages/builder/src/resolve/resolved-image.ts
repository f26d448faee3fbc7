// An image that the plan depends on, pinned: its manifest and config have been read, its layers have not.
import type { Span } from "@tsbuild/dockerfile";
import {
  formatPlatform,
  formatReference,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Platform,
  type Reference,
} from "@tsbuild/oci";

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
  /** The ONBUILD trigger that names it, when one does. */
  readonly trigger?: string | undefined;
}

/** The key of an image in a map of resolved images. */
export function imageKey(request: Pick<ImageRequest, "reference" | "platform">): string {
  return `${formatReference(request.reference)} ${formatPlatform(request.platform)}`;
}
