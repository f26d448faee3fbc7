// gzip with any number of members, read as Go's compress/gzip does: what follows the last member must be
// nothing. (Node takes zero bytes there for padding and drops whatever comes after them.)
// https://www.rfc-editor.org/rfc/rfc1952
import { createGunzip } from "node:zlib";
import type { Bytes } from "@tsbuild/store";
import type { DecompressionMeter } from "./decompress-limits.ts";
import { corrupt, runDecoder } from "./run-decoder.ts";

const chunkSize = 512 * 1024; // Node's default of 16 KiB is half as fast
const barrenBytes = 8 * 1024 * 1024;

export async function* gunzip(
  source: Bytes,
  meter: DecompressionMeter,
): AsyncGenerator<Uint8Array, void, void> {
  const decoder = createGunzip({ chunkSize });
  yield* runDecoder(counted(source, meter), decoder, "gzip", meter);
  const trailing = meter.read - decoder.bytesWritten;
  if (trailing > 0) throw corrupt("gzip", `${trailing} bytes follow the end`);
}

async function* counted(source: Bytes, meter: DecompressionMeter): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    meter.countIn(chunk.length);
    meter.expectOutput(barrenBytes);
    yield chunk;
  }
}
