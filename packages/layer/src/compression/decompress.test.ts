import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { LayerError } from "../layer-error.ts";
import { decompress } from "./decompress.ts";
import type { DecompressOptions } from "./decompress.ts";

const text = Buffer.from("All work and no play makes Jack a dull boy. ".repeat(3000));
const noise = Buffer.concat([...Array(5000).keys()].map((i) => createHash("sha256").update(`${i}`).digest()));

async function* portions(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unfold(bytes: Uint8Array, options: DecompressOptions = {}, size = 10_000): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(portions(bytes, size), options)) parts.push(part);
  return Buffer.concat(parts);
}

async function failure(
  bytes: Uint8Array,
  options: DecompressOptions = {},
  size = 10_000,
): Promise<LayerError> {
  const error: unknown = await unfold(bytes, options, size).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof LayerError)) throw new TypeError(`no LayerError: ${String(error)}`);
  return error;
}

describe("decompress", () => {
  it("passes on what is not compressed, also nothing at all", async () => {
    expect((await unfold(text)).equals(text)).toBe(true);
    expect((await unfold(Buffer.from("x"))).toString()).toBe("x");
    expect((await unfold(Buffer.alloc(0))).length).toBe(0);
  });

  it.each([1, 7, 1000, 1_000_000])("reads gzip and zstd in portions of %d bytes", async (size) => {
    const part = text.subarray(0, 3000);
    const expected = Buffer.concat([part, noise.subarray(0, 500)]);
    for (const compress of [gzipSync, zstdCompressSync]) {
      const two = Buffer.concat([compress(part), compress(noise.subarray(0, 500))]);
      expect((await unfold(two, {}, size)).equals(expected)).toBe(true);
    }
  });

  it("stops reading its source when its reader stops", async () => {
    let closed = false;
    async function* endless() {
      const member = gzipSync(noise);
      try {
        for (;;) yield member;
      } finally {
        closed = true;
      }
    }
    for await (const part of decompress(endless())) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
  });

  it("hands on the errors of its source as they are", async () => {
    const reason = new Error("connection reset");
    for (const compressed of [gzipSync(noise), zstdCompressSync(noise), noise]) {
      async function* failing() {
        yield compressed.subarray(0, compressed.length / 2);
        throw reason;
      }
      const reading = (async () => {
        for await (const part of decompress(failing())) expect(part.length).toBeGreaterThan(0);
      })();
      await expect(reading).rejects.toBe(reason);
    }
  });

  it("ends with the signal's reason while its source keeps it waiting", async () => {
    const reason = new Error("enough");
    for (const compressed of [gzipSync(noise), zstdCompressSync(noise)]) {
      const controller = new AbortController();
      async function* stalling() {
        yield compressed.subarray(0, compressed.length / 2);
        controller.abort(reason);
        await new Promise(() => {});
      }
      const reading = (async () => {
        for await (const part of decompress(stalling(), { signal: controller.signal })) {
          expect(part.length).toBeGreaterThan(0);
        }
      })();
      await expect(reading).rejects.toBe(reason);
    }
  });
});

describe("decompress of damaged gzip", () => {
  it.each([
    ["in the header", 5],
    ["in the data", 100],
    ["before the checksum", -8],
    ["in the checksum", -3],
  ])("says that it was cut short %s", async (_, end) => {
    const error = await failure(gzipSync(text).subarray(0, end));
    expect(error.code).toBe("COMPRESSION_CORRUPT");
    expect(error.message).toBe("Cannot decompress gzip: unexpected end of file");
  });

  it.each([
    ["garbage", Buffer.from("garbage behind the end")],
    ["zeros", Buffer.alloc(64)],
    ["zeros and another member", Buffer.concat([Buffer.alloc(3), gzipSync("hidden")])],
    ["half a header", gzipSync("x").subarray(0, 4)],
  ])("refuses %s behind the last member", async (_, trailing) => {
    for (const size of [1, 10_000]) {
      const error = await failure(Buffer.concat([gzipSync("1"), trailing]), {}, size);
      expect(error.code).toBe("COMPRESSION_CORRUPT");
    }
  });

  it("refuses a wrong checksum", async () => {
    const bytes = gzipSync(text);
    bytes.writeUInt32LE(1, bytes.length - 8);
    expect((await failure(bytes)).message).toBe("Cannot decompress gzip: incorrect data check");
  });
});

describe("decompress of zstd frames", () => {
  const level = (value: number) => ({ params: { [constants.ZSTD_c_compressionLevel]: value } });
  const withChecksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const unsized = { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } };
  const skippable = (bytes: number) => {
    const frame = Buffer.alloc(8 + bytes, 0xee);
    frame.writeUInt32LE(0x184d2a53, 0);
    frame.writeUInt32LE(bytes, 4);
    return frame;
  };

  it("reads all of them: Node before 26 drops those after the first (nodejs/node#64741)", async () => {
    const big = Buffer.concat(Array<Buffer>(40).fill(noise)); // more than is decoded in one go
    const window = {
      params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 },
    };
    const frames = Buffer.concat([
      skippable(12),
      zstdCompressSync(text, level(1)),
      zstdCompressSync(Buffer.alloc(0)),
      skippable(0),
      zstdCompressSync(noise, withChecksum),
      zstdCompressSync(big, { ...unsized, ...window }),
      zstdCompressSync(big, { ...window, pledgedSrcSize: big.length }),
      zstdCompressSync(Buffer.alloc(300_000, 7), withChecksum),
      zstdCompressSync(text, unsized),
      skippable(100_000),
    ]);
    const expected = Buffer.concat([text, noise, big, big, Buffer.alloc(300_000, 7), text]);
    for (const size of [1013, 1_000_000])
      expect((await unfold(frames, {}, size)).equals(expected)).toBe(true);
    const program = spawnSync("zstd", ["-dc"], { input: frames, maxBuffer: 1 << 28 });
    expect(program.error !== undefined || program.stdout.equals(expected)).toBe(true);
  });

  it.each([
    ["in the magic", 2],
    ["in the frame header", 5],
    ["in a block", 40],
    ["in the checksum", -2],
  ])("says that it was cut short %s", async (_, end) => {
    const [first, last] = [zstdCompressSync(noise), zstdCompressSync(noise, withChecksum).subarray(0, end)];
    for (const bytes of [Buffer.concat([first, last]), Buffer.concat([skippable(20), last])]) {
      const error = await failure(bytes);
      expect(error.message).toBe("Cannot decompress zstd: unexpected end of data");
      expect(error.code).toBe("COMPRESSION_CORRUPT");
    }
  });

  it("refuses what is no frame, damaged content and a wrong checksum", async () => {
    const first = zstdCompressSync(text);
    expect((await failure(Buffer.concat([first, Buffer.alloc(4)]))).code).toBe("COMPRESSION_CORRUPT");
    for (const options of [withChecksum, { params: { ...withChecksum.params, ...unsized.params } }]) {
      const bytes = zstdCompressSync(text, options);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      expect((await failure(bytes)).code).toBe("COMPRESSION_CORRUPT");
    }
    const reserved = Buffer.from(first);
    reserved[4] = (reserved[4] ?? 0) | 8;
    expect((await failure(reserved)).code).toBe("COMPRESSION_CORRUPT");
  });

  it("refuses a frame that lies about its size", async () => {
    const bytes = zstdCompressSync(noise.subarray(0, 200), { pledgedSrcSize: 200 });
    expect(bytes[4]).toBe(0x20); // one byte of size follows
    bytes[5] = 100;
    expect((await failure(bytes)).code).toBe("COMPRESSION_CORRUPT");
  });

  it("refuses windows of more than 128 MiB", async () => {
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]); // window of 2 GiB
    const error = await failure(frame);
    expect(error.code).toBe("COMPRESSION_LIMIT");
    expect(error.message).toContain("2147483648");
  });
});
