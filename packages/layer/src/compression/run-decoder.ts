// Bytes through one of Node's stream decoders, as one async iterable: errors of the source come out as they
// are, the decoder's as LayerErrors, and nothing is left running when the reader stops early.
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Bytes } from "@tsbuild/store";
import { LayerError } from "../layer-error.ts";
import type { DecompressionMeter } from "./decompress-limits.ts";

/** Yields what `decoder` makes of `source`; counts what comes out. The decoder is destroyed at the end. */
export async function* runDecoder(
  source: Bytes,
  decoder: Transform,
  format: string,
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  const fed = pipeline(source, decoder);
  fed.catch(() => undefined); // comes out of the decoder, below
  try {
    for await (const chunk of decoder) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a decoder gave no bytes");
      meter.countOut(chunk.length);
      yield chunk;
    }
    await fed;
  } catch (error) {
    throw isDecoderError(error) ? corrupt(format, error.message, error) : error;
  } finally {
    decoder.destroy();
  }
}

/** @param format for the message: "gzip" */
export function corrupt(format: string, reason: string, cause?: unknown): LayerError {
  return new LayerError("COMPRESSION_CORRUPT", `Cannot decompress ${format}: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    facts: { reason },
  });
}

/** zlib's errors have codes such as Z_DATA_ERROR and ZSTD_error_corruption_detected. */
export function isDecoderError(error: unknown): error is Error {
  return (
    error instanceof Error && "code" in error && /^(?:Z|ZSTD|ERR_ZSTD|ERR_ZLIB)_/.test(String(error.code))
  );
}
