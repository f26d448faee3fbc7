// Sparse files: which parts of the file the archive holds. Three ways to write it, one way to check it.
// https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
import type { Buffer } from "node:buffer";
import type { SparseRegion } from "../entry.ts";
import { tarCorrupt } from "./tar-fault.ts";
import { readNumber } from "./tar-number.ts";

/** Regions from offsets and lengths in turn. Throws TAR_CORRUPT unless they fit a file of `size`. */
export function sparseRegions(numbers: readonly number[], size: number, packedSize: number): SparseRegion[] {
  const regions: SparseRegion[] = [];
  let end = 0;
  let packed = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const offset = numbers[i]!;
    const length = numbers[i + 1]!;
    if (offset < end || offset + length > size) throw tarCorrupt("a sparse map does not fit its file");
    end = offset + length;
    packed += length;
    // GNU tar ends its maps with an empty region; it says nothing.
    if (length > 0) regions.push({ offset, length });
  }
  if (packed !== packedSize) throw tarCorrupt("a sparse map does not fit its data");
  return regions;
}

/** The numbers of an old GNU sparse header (4 at 386) or extension block (21 at 0). */
export function readOldSparse(block: Buffer, start: number, count: number): number[] {
  const numbers: number[] = [];
  for (let i = 0, at = start; i < count && block[at] !== 0; i++, at += 24) {
    numbers.push(readNumber(block, at, 12, "sparse offset"), readNumber(block, at + 12, 12, "sparse length"));
  }
  if (numbers.some((number) => number < 0)) throw tarCorrupt("a sparse map has a negative number");
  return numbers;
}

/** The size of the expanded file in an old GNU sparse header. Throws TAR_CORRUPT. */
export function readOldSparseSize(header: Buffer): number {
  const size = readNumber(header, 483, 12, "sparse size");
  if (size < 0) throw tarCorrupt("a sparse file has a negative size");
  return size;
}

/**
 * Collects a format 1.0 map: a count and that many pairs, one decimal number a line, filled up with NULs to
 * whole blocks. Feed it block by block until it is complete.
 */
export class SparseMapText {
  readonly numbers: number[] = [];
  #wanted = -1;
  #digits = "";

  /** Whether the map is complete with this block. */
  add(block: Buffer): boolean {
    for (const byte of block) {
      if (this.#complete()) return true;
      if (byte === 0x0a) this.#endNumber();
      else if (byte >= 0x30 && byte <= 0x39 && this.#digits.length < 16)
        this.#digits += String.fromCharCode(byte);
      else throw tarCorrupt("a sparse map has a line that is no number");
    }
    return this.#complete();
  }

  #complete(): boolean {
    return this.#wanted >= 0 && this.numbers.length === this.#wanted;
  }

  #endNumber(): void {
    const value = this.#digits === "" ? Number.NaN : Number(this.#digits);
    if (!Number.isSafeInteger(value)) throw tarCorrupt("a sparse map has a line that is no number");
    if (this.#wanted < 0) this.#wanted = value * 2;
    else this.numbers.push(value);
    this.#digits = "";
  }
}
