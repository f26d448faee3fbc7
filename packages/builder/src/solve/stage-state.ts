// A stage between two of its steps: what the image would be if it ended here. Immutable, one per step.
import type { Digest, HistoryEntry, ImageConfig } from "@tsbuild/oci";
import { RootFs, settleLayer } from "@tsbuild/rootfs";
import type { ResolvedImage } from "../resolve/resolved-image.ts";
import { chainOf, extendChain } from "./chain-id.ts";
import type { LayerLibrary } from "./layer-library.ts";
import type { Layer } from "./layer.ts";

export interface StageState {
  /** The config of the image that the stage began with, whose unknown fields go on. */
  readonly base: ImageConfig | undefined;
  readonly layers: readonly Layer[];
  readonly history: readonly HistoryEntry[];
  /** The chain ID of the layers; undefined when there are none. */
  readonly chain: Digest | undefined;
  /** Made by this build, not found in the cache: nothing on top of it can be in the cache either. */
  readonly isNew: boolean;
  /** Read on demand: a build whose steps are all in the cache never asks. */
  rootfs(): Promise<RootFs>;
}

/** The state on `FROM scratch`. */
export function emptyState(): StageState {
  return {
    base: undefined,
    layers: [],
    history: [],
    chain: undefined,
    isNew: false,
    rootfs: () => Promise.resolve(RootFs.empty),
  };
}

/** The state on top of a base image. */
export function imageState(image: ResolvedImage, library: LayerLibrary): StageState {
  const { layers, config } = image;
  return {
    base: config,
    layers,
    history: balanced(config.history ?? [], layers.length),
    chain: chainOf(layers.map((layer) => layer.diffId)),
    isNew: false,
    rootfs: once(async () => {
      const tables = await Promise.all(layers.map((layer) => library.table(layer)));
      // Other people's layers may name files through links of layers below.
      return tables.reduce((rootfs, table) => rootfs.withLayer(settleLayer(rootfs, table)), RootFs.empty);
    }),
  };
}

/** The state after a step without a layer. */
export function withHistory(state: StageState, entry: HistoryEntry): StageState {
  return { ...state, history: [...state.history, entry] };
}

/** The state after a step that made `layer`. */
export function withLayer(
  state: StageState,
  layer: Layer,
  entry: HistoryEntry,
  { library, isNew }: { readonly library: LayerLibrary; readonly isNew: boolean },
): StageState {
  return {
    base: state.base,
    layers: [...state.layers, layer],
    history: [...state.history, entry],
    chain: extendChain(state.chain, layer.diffId),
    isNew: isNew || state.isNew,
    rootfs: once(async () => {
      const [rootfs, table] = await Promise.all([state.rootfs(), library.table(layer)]);
      return rootfs.withLayer(table);
    }),
  };
}

/** A base's history may not fit its layers: entries are added, or lose their layer from the bottom up. */
function balanced(history: readonly HistoryEntry[], layers: number): HistoryEntry[] {
  let surplus = history.filter((entry) => entry.empty_layer !== true).length - layers;
  const fitted = history.map((entry) => {
    if (surplus <= 0 || entry.empty_layer === true) return entry;
    surplus -= 1;
    return { ...entry, empty_layer: true };
  });
  const missing = Array.from({ length: Math.max(0, -surplus) }, () => ({
    comment: "buildkit.exporter.image.v0",
  }));
  return [...fitted, ...missing];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
