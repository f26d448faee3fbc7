// A position in bytes that arrive in chunks. Its generators yield when they need the next chunk, and so
// does everything that reads through them.
import { Buffer } from "node:buffer";
import { tarCorrupt } from "./tar-fault.ts";

/** A computation that yields when it has to wait for input, and returns a T. */
export type Wait<T> = Generator<undefined, T, void>;

/** Reads chunks front to back; no chunk is kept longer than until the next. */
export class ChunkCursor {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where the chunk starts in the whole. */
  #base = 0;
  #ended = false;

  /** Whether all input has been given. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How many bytes were read. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Gives the next chunk, which must not change until the one after it. The one before must be used up. */
  feed(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length) throw new RangeError("Cannot feed tar scanner: it has input left");
    this.#base += this.#chunk.length;
    this.#chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#at = 0;
  }

  /** Says that there is no more input. */
  end(): void {
    this.#ended = true;
  }

  /** At most `limit` bytes of the chunk, good until the next one; empty when the chunk is used up. */
  read(limit: number): Buffer {
    const start = this.#at;
    this.#at = Math.min(start + limit, this.#chunk.length);
    return this.#chunk.subarray(start, this.#at);
  }

  /** The next `length` bytes, good until the next chunk. Throws TAR_CORRUPT when the input ends before. */
  *take(length: number): Wait<Buffer> {
    const bytes = yield* this.takeOrEnd(length);
    if (bytes === undefined) throw cutShort();
    return bytes;
  }

  /** As `take`, but undefined when the input ends here. */
  *takeOrEnd(length: number): Wait<Buffer | undefined> {
    if (this.#chunk.length - this.#at >= length) return this.read(length);
    // Grown as the input comes: a length alone, as a hostile header gives it, takes no memory.
    const parts: Buffer[] = [];
    for (let left = length; ; yield undefined) {
      const part = this.read(left);
      if (part.length > 0) parts.push(Buffer.from(part));
      left -= part.length;
      if (left === 0) return Buffer.concat(parts);
      if (!this.#ended) continue;
      if (parts.length === 0) return undefined;
      throw cutShort();
    }
  }

  /** Passes over `length` bytes; the input may end within them only if `mayEnd`. */
  *skip(length: number, mayEnd = false): Wait<void> {
    for (let left = length; ; yield undefined) {
      left -= this.read(left).length;
      if (left === 0 || (this.#ended && mayEnd)) return;
      if (this.#ended) throw cutShort();
    }
  }
}

/** The error for input that ends too early. */
export function cutShort(): Error {
  return tarCorrupt("it is cut short");
}
