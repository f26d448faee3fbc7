// Stops compressed bytes that unfold to far more (or far less) than honest ones do, before they have cost
// much time or memory.
import { LayerError } from "../layer-error.ts";

const MiB = 1024 * 1024;

export interface DecompressLimits {
  /** Bytes that may come out. Default: no limit. */
  readonly maxBytes?: number;
  /**
   * Bytes that may come out for each that went in, once 1 GiB has come out (small files of zeros are
   * common). Default 200.
   */
  readonly maxRatio?: number;
  /** Bytes that may come out before the ratio counts. Default 1 GiB. */
  readonly ratioFreeBytes?: number;
}

/** Counts what goes in and what comes out of one decompression. */
export class DecompressionMeter {
  readonly #maxBytes: number;
  readonly #maxRatio: number;
  readonly #ratioFreeBytes: number;
  #read = 0;
  #written = 0;
  #frames = 0;

  constructor(limits: DecompressLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#maxRatio = limits.maxRatio ?? 200;
    this.#ratioFreeBytes = limits.ratioFreeBytes ?? 1024 * MiB;
  }

  /** Bytes that have gone in so far. */
  get read(): number {
    return this.#read;
  }

  countIn(bytes: number): void {
    this.#read += bytes;
  }

  /**
   * A million empty gzip members, or skippable zstd frames, are megabytes of nothing; honest bytes are not
   * far larger than what they hold. `barrenBytes`: how much may go in before anything comes out.
   * @throws {LayerError} `COMPRESSION_LIMIT`
   */
  expectOutput(barrenBytes: number): void {
    if (this.#read > 2 * this.#written + barrenBytes) {
      throw tooMuch(`${this.#read} compressed bytes hold only ${this.#written}`, barrenBytes);
    }
  }

  /**
   * Another frame begins. Even zstd:chunked, with two for each file, has fewer than one for 64 bytes.
   * @throws {LayerError} `COMPRESSION_LIMIT`
   */
  countFrame(): void {
    this.#frames++;
    const limit = 10_000 + this.#written / 64;
    if (this.#frames > limit)
      throw tooMuch(`${this.#frames} frames hold only ${this.#written} bytes`, 10_000);
  }

  /** @throws {LayerError} `COMPRESSION_LIMIT` */
  countOut(bytes: number): void {
    this.#written += bytes;
    if (this.#written > this.#maxBytes) {
      throw tooMuch(`they unfold to more than ${this.#maxBytes} bytes`, this.#maxBytes);
    }
    if (this.#written > this.#ratioFreeBytes && this.#written > this.#maxRatio * this.#read) {
      throw tooMuch(`they unfold to more than ${this.#maxRatio} times their size`, this.#maxRatio);
    }
  }
}

function tooMuch(reason: string, limit: number): LayerError {
  return new LayerError("COMPRESSION_LIMIT", `Cannot decompress bytes: ${reason}`, {
    facts: { limit, reason },
  });
}
