// bzip2 and xz where the system has no programs for them: libraries in JavaScript and WebAssembly, 10 to 50
// times slower, and loaded only when they are needed.
import { PassThrough, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { Bytes } from "@tsbuild/store";
import type { DecompressionMeter } from "./decompress-limits.ts";
import { corrupt } from "./run-decoder.ts";

/** @throws {LayerError} `COMPRESSION_CORRUPT` */
export async function* unbzip2InProcess(
  source: Bytes,
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  const { default: unbzip2Stream } = await import("unbzip2-stream");
  const input = Readable.from(source);
  const output = new PassThrough();
  let sourceError: Error | undefined;
  input.once("error", (error) => {
    sourceError = error;
    output.destroy(error);
  });
  const decoder = unbzip2Stream();
  decoder.once("error", (error) => output.destroy(corruptBzip2(error)));
  input.pipe(decoder).pipe(output);
  try {
    for await (const chunk of output) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a decoder gave no bytes");
      meter.countOut(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw sourceError ?? error;
  } finally {
    input.destroy();
    output.destroy();
  }
}

function corruptBzip2(error: Error): Error {
  return corrupt("bzip2", error.message, error);
}

/** @throws {LayerError} `COMPRESSION_CORRUPT`, also for checks that the library does not know (SHA-256). */
export async function* unxzInProcess(
  source: Bytes,
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  const library = await import("xz-decompress");
  let sourceError: unknown;
  const iterator = source[Symbol.asyncIterator]();
  const input = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        sourceError = error;
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const reader = new library.XzReadableStream(input).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      meter.countOut(next.value.length);
      yield next.value;
    }
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    if (error instanceof Error && error.constructor === Error) {
      throw corrupt("xz", `${error.message}. Install the program xz: it knows more kinds of checks`, error);
    }
    throw error;
  } finally {
    await reader.cancel().catch(() => undefined);
    await iterator.return?.();
  }
}
