// Compressed bytes in, what was compressed out, whatever the compression is: told by the first bytes.
import type { Bytes } from "@tsbuild/store";
import { unbzip2InProcess, unxzInProcess } from "./bundled-decoders.ts";
import { DecompressionMeter } from "./decompress-limits.ts";
import type { DecompressLimits } from "./decompress-limits.ts";
import { detectCompression, detectionBytes } from "./detect-compression.ts";
import type { DetectedCompression } from "./detect-compression.ts";
import { findProgram } from "./find-program.ts";
import { gunzip } from "./gunzip.ts";
import { runProgram } from "./run-program.ts";
import { unzstd } from "./unzstd.ts";

export interface DecompressOptions {
  readonly limits?: DecompressLimits;
  readonly signal?: AbortSignal;
  /** Where bzip2 and xz are looked for, as in $PATH, which is the default. */
  readonly searchPath?: string;
}

/**
 * What `bytes` hold: gzip, zstd, bzip2 or xz, of any number of members, frames or streams. Bytes that are
 * not compressed, or in no way known here, come out as they are. Everything is read to the end: bytes cut
 * short and bytes that trail are errors.
 * @throws {LayerError} `COMPRESSION_CORRUPT`, `COMPRESSION_LIMIT`, `COMPRESSION_UNSUPPORTED`
 */
export async function* decompress(
  bytes: Bytes,
  options: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const meter = new DecompressionMeter(options.limits);
  const iterator = abortable(bytes, signal);
  try {
    const { head, rest } = await peek(iterator);
    for await (const chunk of decode(detectCompression(head), rest, meter, options)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } finally {
    await iterator.return();
  }
}

function decode(
  compression: DetectedCompression,
  source: Bytes,
  meter: DecompressionMeter,
  options: DecompressOptions,
): Bytes {
  const searchPath = options.searchPath ?? process.env["PATH"] ?? "";
  switch (compression) {
    case "gzip":
      return gunzip(source, meter);
    case "zstd":
      return unzstd(source, meter);
    case "bzip2": {
      const program = findProgram("bzip2", searchPath);
      const counted = countedIn(source, meter);
      if (program === undefined) return unbzip2InProcess(counted, meter);
      return runProgram(counted, { program, args: ["-dc"], format: "bzip2" }, meter, options.signal);
    }
    case "xz": {
      const program = findProgram("xz", searchPath);
      const counted = countedIn(source, meter);
      if (program === undefined) return unxzInProcess(counted, meter);
      // Enough for every preset (-9 takes 65 MiB); a header may ask for 4 GiB.
      const args = ["-dc", "--format=xz", "--memlimit-decompress=256MiB"];
      return runProgram(counted, { program, args, format: "xz" }, meter, options.signal);
    }
    case "none":
    case "unknown":
      return passOn(source, meter);
  }
}

async function* countedIn(source: Bytes, meter: DecompressionMeter): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    meter.countIn(chunk.length);
    yield chunk;
  }
}

async function* passOn(source: Bytes, meter: DecompressionMeter): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    meter.countIn(chunk.length);
    meter.countOut(chunk.length);
    yield chunk;
  }
}

/** Ends with the signal's reason at once, also while the source keeps us waiting. */
async function* abortable(
  source: Bytes,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (!signal) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  // Not Promise.race with one promise for the abort: that promise would keep every chunk until the end.
  let refuse: (reason: unknown) => void = () => undefined;
  const stop = () => refuse(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        refuse = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Not awaited: a source that hangs would hang us too.
    iterator.return?.().then(undefined, () => undefined);
  }
}

/** The first bytes, and all bytes (those included). */
async function peek(
  source: AsyncGenerator<Uint8Array, void, void>,
): Promise<{ head: Uint8Array; rest: Bytes }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < detectionBytes) {
    const next = await source.next();
    if (next.done) break;
    parts.push(next.value);
    length += next.value.length;
  }
  const head = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length);
  return { head: head.subarray(0, detectionBytes), rest: withHead(head, source) };
}

async function* withHead(head: Uint8Array, source: Bytes): AsyncGenerator<Uint8Array, void, void> {
  if (head.length > 0) yield head;
  yield* source;
}
