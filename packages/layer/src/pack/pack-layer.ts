// Changes in, layer out: the tar is written on a thread (or here, if it is small), compressed in blocks on
// the thread pool and handed to `write` as one stream. The same table gives the same bytes whatever the
// number of threads and wherever it was packed.
import { availableParallelism } from "node:os";
import { mediaTypes } from "@tsbuild/oci";
import type { Descriptor, Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import type { EntryTable } from "../table/entry-table.ts";
import { plainCodec } from "./block-codec.ts";
import type { BlockCodec } from "./block-codec.ts";
import { gzipBlocks, zstdBlocks } from "./block-rule.ts";
import type { BlockRule } from "./block-rule.ts";
import { packHere } from "./block-source.ts";
import { ReusingCodec } from "./block-reuse.ts";
import type { BlockRecord, EarlierBlocks } from "./block-reuse.ts";
import { compressBlocks } from "./compress-blocks.ts";
import { gzipCodec } from "./gzip-codec.ts";
import { packOnThread } from "./pack-thread.ts";
import type { TarJob } from "./write-tar.ts";
import { zstdCodec } from "./zstd-codec.ts";

/** How a layer is compressed; `level` as in zlib (1..9) and zstd (1..22). */
export type Compression =
  | { readonly kind: "gzip"; readonly level?: number }
  | { readonly kind: "zstd"; readonly level?: number }
  | { readonly kind: "none" };

export interface PackOptions {
  /** Default: gzip, level 4. */
  readonly compression?: Compression;
  /** The path of the inflated tar of a layer that the table has slices of; asked once for each. */
  layerFile(diffId: Digest): string;
  /** Later times are written as this one, in seconds since 1970. */
  readonly clampMtimeSec?: number;
  /** Hash files whose entries have no content digest while they are read; the result's table has them. */
  readonly hashContents?: boolean;
  /** For gzip: remember the blocks, and take those that are the same from an earlier layer. */
  readonly reuse?: { readonly earlier?: EarlierBlocks | undefined };
  /** Takes the layer and says what it is: `(bytes) => store.write(bytes)`. It must read to the end. */
  write(bytes: Bytes): Promise<{ digest: Digest; size: number }>;
  readonly signal?: AbortSignal;
  /** How many blocks are compressed at the same time. Default: as many as there are processors. */
  readonly threads?: number;
  /** Told how many bytes of the tar are compressed so far, after each block. */
  onProgress?(bytes: number): void;
}

export interface PackedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Bytes of the tar. */
  readonly tarSize: number;
  /** What was packed, files as slices of this layer. */
  readonly table: EntryTable;
  /** For `reuse` by the next layer; empty when it was not asked for. */
  readonly blocks: readonly BlockRecord[];
}

const smallEntries = 512;
const smallBytes = 8 * 1024 * 1024;

/**
 * Packs what `changes` says, no more: parent folders are the caller's. The tar is in the table's order,
 * hard links after their targets.
 * @throws {LayerError} `FILE_CHANGED`, `FILE_UNREADABLE`, `SLICE_UNREADABLE`, `ENTRY_INVALID`; and whatever
 * `write` rejects with, or the signal's reason.
 */
export async function packLayer(changes: EntryTable, options: PackOptions): Promise<PackedLayer> {
  const { signal, threads = Math.min(availableParallelism(), 64) } = options;
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`Cannot pack with ${threads} threads`);
  signal?.throwIfAborted();
  const compression = options.compression ?? { kind: "gzip" };
  const plain = codecFor(compression);
  const { blocks } = plain;
  const reusing =
    options.reuse !== undefined && compression.kind === "gzip"
      ? new ReusingCodec(gzipCodec(mediaTypes.ociLayerGzip, compression.level), options.reuse.earlier)
      : undefined;
  const codec = reusing ?? plain.codec;
  const job: TarJob = {
    table: changes,
    layerFile: (diffId) => options.layerFile(diffId),
    blocks,
    hashContents: options.hashContents === true,
    clampMtimeSec: options.clampMtimeSec,
  };
  const inFlight = 2 * threads + 2;
  const source = isSmall(changes) ? packHere(job) : packOnThread(job, inFlight + 2);
  const stop = () => void source.close();
  signal?.addEventListener("abort", stop, { once: true });
  let packed = 0;
  let whole = false;
  async function* layer(): AsyncGenerator<Uint8Array, void, void> {
    yield* compressBlocks(source, codec, inFlight, (bytes, encoded) => {
      reusing?.wrote(encoded);
      options.onProgress?.((packed += bytes));
    });
    whole = true;
  }
  try {
    const { digest, size } = await options.write(layer());
    if (!whole) throw new TypeError("Cannot pack layer: `write` did not read it to the end");
    const { diffId, tarSize, table } = source.finish();
    return {
      descriptor: { mediaType: codec.mediaType, digest, size },
      diffId,
      tarSize,
      table,
      blocks: reusing?.records ?? [],
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await source.close();
  }
}

function codecFor(compression: Compression): { codec: BlockCodec; blocks: BlockRule } {
  switch (compression.kind) {
    case "gzip":
      return { codec: gzipCodec(mediaTypes.ociLayerGzip, compression.level), blocks: gzipBlocks };
    case "zstd":
      return { codec: zstdCodec(mediaTypes.ociLayerZstd, compression.level), blocks: zstdBlocks };
    case "none":
      return { codec: plainCodec(mediaTypes.ociLayer), blocks: gzipBlocks };
  }
}

/** Whether to start a thread (40 ms and more) would take longer than to pack. */
function isSmall(changes: EntryTable): boolean {
  if (changes.length >= smallEntries) return false;
  let bytes = 0;
  for (let row = 0; row < changes.length; row++) bytes += changes.sizeAt(row);
  return bytes < smallBytes;
}
