// One platform's finished image, before it goes anywhere: its documents, its layers, its root filesystem.
import type { Platform } from "@tsbuild/oci";
import type { RootFs } from "@tsbuild/rootfs";
import type { Layer } from "../solve/layer.ts";
import type { ImageDocument } from "./image-document.ts";

export interface FinishedImage {
  readonly platform: Platform;
  readonly document: ImageDocument;
  readonly layers: readonly Layer[];
  /** Made on demand: only exporters of files need it. */
  rootfs(): Promise<RootFs>;
}
