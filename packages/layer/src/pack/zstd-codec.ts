// One zstd frame for each block, with its size in the header. Never `nbWorkers`: Node's asynchronous forms
// cut the output short with it and say nothing (seen on Node 24 and 26).
// https://www.rfc-editor.org/rfc/rfc8878
import { constants, zstdCompress } from "node:zlib";
import type { BlockCodec } from "./block-codec.ts";

const defaultZstdLevel = 3;

export function zstdCodec(mediaType: string, level: number = defaultZstdLevel): BlockCodec {
  return {
    mediaType,
    head: () => new Uint8Array(0),
    encode: (block) => compressFrame(block, level),
    tail: () => new Uint8Array(0),
  };
}

function compressFrame(block: Uint8Array, level: number): Promise<Uint8Array> {
  const options = {
    chunkSize: Math.max(64 * 1024, block.length >> 1),
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: block.length,
  };
  return new Promise((resolve, reject) => {
    zstdCompress(block, options, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
