import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompress } from "./decompress.ts";
import type { DecompressLimits } from "./decompress-limits.ts";

async function* repeat(bytes: Uint8Array, times: number): AsyncGenerator<Uint8Array, void, void> {
  for (let time = 0; time < times; time++) yield bytes;
}

/** Reads to the end or to the first error; how many bytes came out until then. */
async function measure(
  source: AsyncIterable<Uint8Array>,
  limits?: DecompressLimits,
): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0;
  try {
    for await (const part of decompress(source, limits ? { limits } : {})) bytes += part.length;
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error };
  }
}

const mebibyte = 1024 * 1024;
const zeros = Buffer.alloc(16 * mebibyte);

describe("compression bombs", () => {
  it("10 GiB of zeros in 10 MiB of gzip end at 1 GiB", async () => {
    const { bytes, error } = await measure(repeat(gzipSync(zeros), 640));
    expect(error).toMatchObject({ code: "COMPRESSION_LIMIT" });
    expect(bytes).toBeLessThanOrEqual(1024 * mebibyte);
  });

  it("a million empty gzip members end after a few megabytes", async () => {
    const members = Buffer.concat(Array<Buffer>(1000).fill(gzipSync("")));
    const { error } = await measure(repeat(members, 1000));
    expect(error).toMatchObject({ code: "COMPRESSION_LIMIT" });
  });

  it("zstd that is nothing but skippable or empty frames ends too", async () => {
    const skippable = Buffer.alloc(mebibyte);
    skippable.writeUInt32LE(0x184d2a50, 0);
    skippable.writeUInt32LE(mebibyte - 8, 4);
    const empty = Buffer.concat(Array<Buffer>(1000).fill(zstdCompressSync("")));
    for (const frames of [skippable, empty]) {
      const { error } = await measure(repeat(frames, 10_000));
      expect(error).toMatchObject({ code: "COMPRESSION_LIMIT" });
    }
  });

  it("a caller's own limits count for every format, to the byte", async () => {
    const text = Buffer.from("x".repeat(1000));
    for (const bytes of [gzipSync(text), zstdCompressSync(text), text]) {
      expect((await measure(repeat(bytes, 1), { maxBytes: 1000 })).error).toBe(undefined);
      const { error } = await measure(repeat(bytes, 1), { maxBytes: 999 });
      expect(error).toMatchObject({ code: "COMPRESSION_LIMIT", facts: { limit: 999 } });
    }
    const { error } = await measure(repeat(gzipSync(zeros), 1), { maxRatio: 100, ratioFreeBytes: mebibyte });
    expect(error).toMatchObject({ code: "COMPRESSION_LIMIT", facts: { limit: 100 } });
  });

  it("a large file of zeros is no bomb", async () => {
    expect(await measure(repeat(gzipSync(zeros), 4))).toEqual({ bytes: 64 * mebibyte, error: undefined });
  });
});
