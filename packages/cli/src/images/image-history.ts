// The steps that an image was made by, the last first, each with the size of its layer.
import type { ImageDetails } from "./read-image.ts";

export interface HistoryRow {
  /** The image's ID on the last step; docker has no IDs for the others since it has no intermediate images. */
  readonly id: string | undefined;
  readonly created: string | undefined;
  readonly createdBy: string;
  /** Bytes of the layer as stored; 0 for a step without one. */
  readonly size: number;
  readonly comment: string;
}

/** A config may have less history than layers: those are shown without a step. */
export function imageHistory(image: ImageDetails): HistoryRow[] {
  const layers = [...image.manifest.document.layers];
  const rows = (image.config.document.history ?? []).map((entry) => ({
    id: undefined,
    created: entry.created,
    createdBy: entry.created_by ?? "",
    size: entry.empty_layer === true ? 0 : (layers.shift()?.size ?? 0),
    comment: entry.comment ?? "",
  }));
  const unexplained = layers.map(({ size }) => ({
    id: undefined,
    created: undefined,
    createdBy: "",
    size,
    comment: "",
  }));
  return [...rows, ...unexplained]
    .reverse()
    .map((row, index) => (index === 0 ? { ...row, id: image.config.digest } : row));
}
