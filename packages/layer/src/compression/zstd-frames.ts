// Finds where zstd frames begin and end without decoding them, because Node before 26 decodes the first
// frame and silently drops the rest. Reads frame and block headers only.
// https://www.rfc-editor.org/rfc/rfc8878#section-3.1
import { corrupt } from "./run-decoder.ts";

export type ZstdPiece =
  /** A frame begins; `windowBytes` of memory are needed to decode it. */
  | { readonly kind: "frame"; readonly windowBytes: number; readonly contentBytes: number | undefined }
  /** The next bytes of the frame, its header included. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

type Step = "magic" | "skip-size" | "descriptor" | "header" | "block" | "checksum";

const frameMagic = 0xfd2fb528;

/** Takes bytes in any portions. Skippable frames are left out. */
export class ZstdFrameSplitter {
  #step: Step = "magic";
  /** Bytes of what the current step reads, and before them the frame header's so far. */
  readonly #buffer = Buffer.alloc(32);
  #held = 0;
  #needed = 4;
  /** Bytes to pass over before the next step. */
  #body = 0;
  #inFrame = false;
  #lastBlock = false;
  #hasChecksum = false;

  *push(chunk: Uint8Array): Generator<ZstdPiece, void, void> {
    let spanStart = 0;
    for (let at = 0; at < chunk.length;) {
      const wanted = this.#body > 0 ? this.#body : this.#needed - this.#held;
      const step = Math.min(wanted, chunk.length - at);
      if (this.#body > 0) this.#body -= step;
      else {
        this.#buffer.set(chunk.subarray(at, at + step), this.#held);
        this.#held += step;
      }
      at += step;
      while (this.#body === 0 && this.#held === this.#needed) {
        const wasInFrame = this.#inFrame;
        const pieces = this.#advance();
        if (wasInFrame && !this.#inFrame && spanStart < at) {
          yield { kind: "bytes", bytes: chunk.subarray(spanStart, at) };
        }
        yield* pieces;
        if (this.#inFrame !== wasInFrame) spanStart = at;
      }
    }
    if (this.#inFrame && spanStart < chunk.length) yield { kind: "bytes", bytes: chunk.subarray(spanStart) };
  }

  /** @throws {LayerError} `COMPRESSION_CORRUPT` when the bytes end inside a frame. */
  finish(): void {
    if (this.#step !== "magic" || this.#held > 0 || this.#body > 0)
      throw corrupt("zstd", "unexpected end of data");
  }

  /** The bytes of the current step are all there. */
  #advance(): ZstdPiece[] {
    switch (this.#step) {
      case "magic":
        return this.#readMagic();
      case "skip-size":
        this.#body = this.#buffer.readUInt32LE(0);
        this.#expect("magic", 4);
        return [];
      case "descriptor":
        this.#step = "header";
        this.#needed = this.#held + headerLength(this.#buffer[4] ?? 0);
        return [];
      case "header":
        return this.#readHeader();
      case "block":
        return this.#readBlock();
      case "checksum":
        return this.#endFrame();
    }
  }

  #readMagic(): ZstdPiece[] {
    const magic = this.#buffer.readUInt32LE(0);
    if (magic >>> 4 === 0x184d2a5) this.#expect("skip-size", 4);
    else if (magic === frameMagic) {
      this.#step = "descriptor";
      this.#needed = 5;
    } else throw corrupt("zstd", "what follows a frame is not a frame");
    return [];
  }

  #readHeader(): ZstdPiece[] {
    const header = Buffer.from(this.#buffer.subarray(0, this.#held));
    const descriptor = header[4] ?? 0;
    if (descriptor & 8) throw corrupt("zstd", "a reserved bit is set");
    if (descriptor & 3) throw corrupt("zstd", "it needs a dictionary");
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#inFrame = true;
    this.#expect("block", 3);
    return [frameOf(header, descriptor), { kind: "bytes", bytes: header }];
  }

  #readBlock(): ZstdPiece[] {
    if (this.#lastBlock) return this.#endFrame();
    const header = this.#buffer.readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    if (type === 3) throw corrupt("zstd", "a block is of the reserved type");
    this.#lastBlock = (header & 1) !== 0;
    this.#body = type === 1 ? 1 : header >> 3;
    if (!this.#lastBlock) this.#expect("block", 3);
    // No bytes to read is a step too: it is taken once the last block has passed.
    else this.#expect(this.#hasChecksum ? "checksum" : "block", this.#hasChecksum ? 4 : 0);
    return [];
  }

  #endFrame(): ZstdPiece[] {
    this.#inFrame = false;
    this.#lastBlock = false;
    this.#expect("magic", 4);
    return [{ kind: "end" }];
  }

  #expect(step: Step, bytes: number): void {
    this.#step = step;
    this.#needed = bytes;
    this.#held = 0;
  }
}

/** Bytes of the header behind its descriptor: window, dictionary id, content size. */
function headerLength(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return (single ? 0 : 1) + dictionary + contentSizeLength(descriptor, single);
}

function contentSizeLength(descriptor: number, single: boolean): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (single ? 1 : 0) : 1 << flag;
}

function frameOf(header: Buffer, descriptor: number): ZstdPiece {
  const single = (descriptor & 0x20) !== 0;
  const length = contentSizeLength(descriptor, single);
  const contentBytes = length === 0 ? undefined : readContentSize(header, header.length - length, length);
  const windowBytes = single ? (contentBytes ?? 0) : windowSize(header[5] ?? 0);
  return { kind: "frame", windowBytes, contentBytes };
}

function readContentSize(header: Buffer, at: number, length: number): number {
  if (length === 8) return Number(header.readBigUInt64LE(at));
  return header.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
