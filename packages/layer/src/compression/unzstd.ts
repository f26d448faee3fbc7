// zstd with any number of frames. Small frames, as tsbuild, pzstd and zstd:chunked write them, are decoded
// whole and side by side on the thread pool; large ones, and those that don't tell their size, as a stream.
// https://www.rfc-editor.org/rfc/rfc8878
import { createZstdDecompress, zstdDecompress, zstdDecompressSync } from "node:zlib";
import type { Bytes } from "@tsbuild/store";
import { LayerError } from "../layer-error.ts";
import type { DecompressionMeter } from "./decompress-limits.ts";
import { corrupt, isDecoderError, runDecoder } from "./run-decoder.ts";
import { ZstdFrameSplitter } from "./zstd-frames.ts";
import type { ZstdPiece } from "./zstd-frames.ts";

/** What `zstd -d` and Node allow unless told otherwise. */
const maxWindowBytes = 128 * 1024 * 1024;
/** Frames up to this size are decoded in one go. */
const wholeFrameBytes = 4 * 1024 * 1024;
/** Frames up to this size are not worth a trip to the thread pool. */
const inPlaceBytes = 32 * 1024;
const framesInFlight = 3;
const chunkSize = 512 * 1024;
const barrenBytes = 32 * 1024 * 1024;

type Pieces = AsyncGenerator<ZstdPiece, void, void>;

export async function* unzstd(
  source: Bytes,
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  const pieces = splitFrames(source, meter);
  const queue: Promise<Uint8Array>[] = [];
  try {
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      if (next.value.kind !== "frame") continue;
      meter.countFrame();
      const { contentBytes, windowBytes } = next.value;
      if (windowBytes > maxWindowBytes) throw windowTooLarge(windowBytes);
      if (contentBytes !== undefined && contentBytes <= wholeFrameBytes) {
        const frame = await collectFrame(pieces);
        if (queue.length >= framesInFlight) yield* shiftFrame(queue, meter);
        queue.push(decodeFrame(frame, contentBytes));
      } else {
        while (queue.length > 0) yield* shiftFrame(queue, meter);
        yield* runDecoder(frameBytes(pieces), createZstdDecompress({ chunkSize }), "zstd", meter);
      }
    }
    while (queue.length > 0) yield* shiftFrame(queue, meter);
  } finally {
    await pieces.return();
  }
}

async function* splitFrames(source: Bytes, meter: DecompressionMeter): Pieces {
  const splitter = new ZstdFrameSplitter();
  for await (const chunk of source) {
    meter.countIn(chunk.length);
    meter.expectOutput(barrenBytes);
    yield* splitter.push(chunk);
  }
  splitter.finish();
}

/** The bytes of the frame that has just begun; leaves `pieces` open behind its end. */
async function* frameBytes(pieces: Pieces): AsyncGenerator<Uint8Array, void, void> {
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    if (next.value.kind === "end") return;
    if (next.value.kind === "bytes") yield next.value.bytes;
  }
}

async function collectFrame(pieces: Pieces): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of frameBytes(pieces)) {
    parts.push(bytes);
    length += bytes.length;
    // Raw blocks have 3 bytes of header for each 128 KiB; nothing honest is much larger than its content.
    if (length > 2 * wholeFrameBytes) throw corrupt("zstd", "a frame is longer than its content can be");
  }
  return Buffer.concat(parts, length);
}

function decodeFrame(frame: Uint8Array, contentBytes: number): Promise<Uint8Array> {
  const options = { chunkSize: Math.max(1024, contentBytes), maxOutputLength: Math.max(1, contentBytes) };
  const decoded = new Promise<Uint8Array>((resolve, reject) => {
    if (contentBytes <= inPlaceBytes) return resolve(zstdDecompressSync(frame, options));
    return zstdDecompress(frame, options, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
  decoded.catch(() => undefined); // another frame's error may come first
  return decoded;
}

async function* shiftFrame(
  queue: Promise<Uint8Array>[],
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    const bytes = await queue.shift();
    if (!bytes || bytes.length === 0) return;
    meter.countOut(bytes.length);
    yield bytes;
  } catch (error) {
    throw isDecoderError(error) ? corrupt("zstd", error.message, error) : error;
  }
}

function windowTooLarge(bytes: number): LayerError {
  const reason = `a frame needs ${bytes} bytes of memory, more than 128 MiB`;
  return new LayerError(
    "COMPRESSION_LIMIT",
    `Cannot decompress zstd: ${reason}. Compress it without --ultra --long`,
    {
      facts: { limit: maxWindowBytes, reason },
    },
  );
}
