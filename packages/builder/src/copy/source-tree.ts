// What COPY and ADD copy from: the build context, another stage, an image, or something downloaded.
import type { Tree } from "@tsbuild/rootfs";

export interface SourceTree extends Tree {
  /** The ignore pattern that keeps `path` out of this tree, if one does. */
  ignoredBy?(path: string): string | undefined;
}
