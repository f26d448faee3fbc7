// The compressed blocks of the layer that a step gave last time: after one file of many has changed, the others' blocks
// are copied from there. Only bytes that the same code would make again are taken, so a layer's digest never depends on
// what was kept.
import { isDigest, encodeJson, type Digest } from "@tsbuild/oci";
import type { BlockRecord, EarlierBlocks } from "@tsbuild/layer";
import { closeSync, openSync, readSync } from "node:fs";
import type { BuildOptions } from "../build-options.ts";
import { definitionOf, framedDigest } from "../key/step-key.ts";
import type { Effect } from "../plan/plan.ts";

/** Changes when the same block and level would be compressed to other bytes. */
const format = "gzip blocks 1";

export interface KeptBlocks {
  readonly earlier: EarlierBlocks | undefined;
  /** Keeps the blocks of the new layer in place of those before. */
  save(layer: Digest, blocks: readonly BlockRecord[]): Promise<void>;
}

/** What was kept of the step; undefined when its layers are not made of gzip blocks. */
export async function openKeptBlocks(effect: Effect, o: BuildOptions): Promise<KeptBlocks | undefined> {
  const { kind, level } = o.compression ?? { kind: "gzip" };
  if (kind !== "gzip") return undefined;
  const zlib = process.versions.zlib ?? "";
  const key = framedDigest([format, zlib, process.arch, String(level ?? "default"), ...definitionOf(effect)]);
  const kept = await o.store.records.list(key);
  return {
    earlier: kept.map((bytes) => open(bytes, o)).find((earlier) => earlier !== undefined),
    save: async (layer, blocks) => {
      const packed = blocks.map(({ content, offset, length, crc }) => [content, offset, length, crc]);
      const bytes = encodeJson({ layer, blocks: packed });
      for (const old of kept) if (!Buffer.from(old).equals(bytes)) await o.store.records.remove(key, old);
      await o.store.records.add(key, bytes);
    },
  };
}

function open(bytes: Uint8Array, o: BuildOptions): EarlierBlocks | undefined {
  try {
    const { layer, blocks } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      layer: string;
      blocks: [string, number, number, number][];
    };
    if (!isDigest(layer)) return undefined;
    const path = o.store.blobPath(layer);
    const records = blocks.map(([content, offset, length, crc]) => ({ content, offset, length, crc }));
    return { records, read: (offset, length) => readPart(path, offset, length) };
  } catch {
    return undefined;
  }
}

function readPart(path: string, offset: number, length: number): Uint8Array | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      const bytes = Buffer.allocUnsafeSlow(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
