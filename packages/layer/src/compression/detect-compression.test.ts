import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { detectCompression } from "./detect-compression.ts";

function oldTarHeader(): Buffer {
  const header = Buffer.alloc(512);
  header.write("file");
  const sum = 8 * 0x20 + [...header].reduce((a, b) => a + b, 0);
  header.write(sum.toString(8).padStart(6, "0"), 148);
  return header;
}

describe("detectCompression", () => {
  it.each([
    ["gzip", gzipSync("x")],
    ["zstd", zstdCompressSync("x")],
    ["zstd", Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])],
    ["bzip2", Buffer.from("BZh91AY&SY")],
    ["bzip2", Buffer.from([0x42, 0x5a, 0x68, 0x31, 0x17, 0x72, 0x45, 0x38])],
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0])],
    ["none", Buffer.concat([Buffer.alloc(257), Buffer.from("ustar  \0"), Buffer.alloc(247)])],
    ["none", oldTarHeader()],
    ["none", Buffer.alloc(1024)],
    ["unknown", Buffer.alloc(0)],
    ["unknown", Buffer.from([0x1f])],
    ["unknown", Buffer.from("BZh9 is how a text may begin")],
    ["unknown", Buffer.from("[0x60]")],
    ["unknown", Buffer.alloc(512, 0x20)],
    ["unknown", Buffer.from([0x6a, 0x2a, 0x4d, 0x18])],
  ])("says %s", (compression, head) => {
    expect(detectCompression(head)).toBe(compression);
  });
});
