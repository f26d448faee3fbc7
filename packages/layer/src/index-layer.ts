// A layer's blob → its index, in one pass: both digests, and what the layer says about each path. File
// contents are not copied anywhere; a file's content is a slice of the layer's uncompressed tar.
import { createHasher, layerCompression } from "@tsbuild/oci";
import type { Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import { decompress } from "./compression/decompress.ts";
import type { DecompressLimits } from "./compression/decompress-limits.ts";
import type { Change } from "./entry.ts";
import { LayerError } from "./layer-error.ts";
import type { EntryTable } from "./table/entry-table.ts";
import { EntryTableBuilder, THIS_LAYER } from "./table/entry-table-builder.ts";
import type { TarLimits } from "./tar/tar-limits.ts";
import type { TarMember } from "./tar/tar-member.ts";
import { TarScanner } from "./tar/tar-scanner.ts";
import { parseWhiteout } from "./whiteout.ts";

/** What a layer turned out to be. */
export interface IndexedLayer {
  /** Of all uncompressed bytes, those after the end of the archive included. */
  readonly diffId: Digest;
  /** Of all bytes as they came. */
  readonly digest: Digest;
  /** Bytes as they came. */
  readonly size: number;
  /** Bytes uncompressed. */
  readonly tarSize: number;
  /** What the layer says; file contents are slices of `diffId`. */
  readonly table: EntryTable;
}

export interface IndexLayerOptions {
  /** The descriptor's media type. The compression is told by the bytes; a type of no layer is refused. */
  readonly mediaType?: string;
  readonly signal?: AbortSignal;
  readonly limits?: TarLimits & DecompressLimits;
  /** Gets each chunk of the blob before it is read. */
  readonly tee?: (chunk: Uint8Array) => void | Promise<void>;
  /** Gets each chunk of the uncompressed tar before it is read. */
  readonly teeTar?: (chunk: Uint8Array) => void | Promise<void>;
}

/**
 * Reads a layer of any compression. Whiteouts become `remove` and `clear`; they speak of lower layers only,
 * wherever they stand in the archive.
 * Throws LayerError TAR_CORRUPT, TAR_LIMIT, PATH_ESCAPES or one of the COMPRESSION codes.
 */
export async function indexLayer(compressed: Bytes, options: IndexLayerOptions = {}): Promise<IndexedLayer> {
  const { mediaType, signal, limits } = options;
  if (mediaType !== undefined && layerCompression(mediaType) === undefined) {
    throw new LayerError(
      "COMPRESSION_UNSUPPORTED",
      `Cannot index layer: ${JSON.stringify(mediaType)} is no layer type`,
    );
  }
  const blob = new HashedBytes(compressed, options.tee);
  const hasher = createHasher();
  const scanner = new TarScanner(limits);
  const builder = new EntryTableBuilder();
  let tarSize = 0;
  for await (const chunk of decompress(blob.read(), {
    ...(limits && { limits }),
    ...(signal && { signal }),
  })) {
    signal?.throwIfAborted();
    await options.teeTar?.(chunk);
    hasher.update(chunk);
    tarSize += chunk.length;
    scanner.feed(chunk);
    addMembers(scanner, builder);
  }
  scanner.end();
  addMembers(scanner, builder);
  const diffId = hasher.digest();
  return { diffId, ...blob.finish(), tarSize, table: builder.finish({ thisLayer: diffId }) };
}

function addMembers(scanner: TarScanner, builder: EntryTableBuilder): void {
  for (let member = scanner.next(); member !== undefined; member = scanner.next()) {
    const change = changeOf(member);
    if (change !== undefined) builder.add(change);
  }
}

function changeOf(member: TarMember): Change | undefined {
  const { entry, dataOffset, sparse } = member;
  const whiteout = parseWhiteout(entry.path);
  if (whiteout.kind === "skip") return undefined;
  if (whiteout.kind !== "entry") return whiteout;
  if (entry.kind !== "file") return { kind: "put", entry };
  const slice = { kind: "slice" as const, layer: THIS_LAYER, offset: dataOffset };
  const content = sparse === undefined ? slice : { ...slice, sparse };
  return { kind: "put", entry: { ...entry, content } };
}

/** Bytes that are hashed and counted as they pass. */
class HashedBytes {
  readonly #bytes: Bytes;
  readonly #tee: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
  readonly #hasher = createHasher();
  #size = 0;
  #whole = false;

  constructor(bytes: Bytes, tee: ((chunk: Uint8Array) => void | Promise<void>) | undefined) {
    this.#bytes = bytes;
    this.#tee = tee;
  }

  async *read(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of this.#bytes) {
      await this.#tee?.(chunk);
      this.#hasher.update(chunk);
      this.#size += chunk.length;
      yield chunk;
    }
    this.#whole = true;
  }

  /** Throws COMPRESSION_CORRUPT when the reader stopped early: the digest would not cover all bytes. */
  finish(): { digest: Digest; size: number } {
    if (!this.#whole) {
      throw new LayerError(
        "COMPRESSION_CORRUPT",
        "Cannot index layer: bytes follow the end of the compressed data",
      );
    }
    return { digest: this.#hasher.digest(), size: this.#size };
  }
}
