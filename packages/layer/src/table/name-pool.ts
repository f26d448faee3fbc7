// Byte strings that are kept once and known by a number. Paths are stored as two of them (folder, last
// part): a million files then cost their last parts and a few thousand folders, not a million long paths.
import { Buffer } from "node:buffer";
import { LayerError } from "../layer-error.ts";
import { encodeName } from "../name.ts";

/** More bytes of names than this in one table is an attack: 1,000,000 real paths need less than 30 MB. */
const MAX_POOL_BYTES = 512 * 1024 * 1024;
const MAX_NAMES = 16 * 1024 * 1024;

/** Growing set of byte strings; ids count from 0, and id 0 is the empty string. */
export class NamePool {
  #bytes: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(1024, { maxByteLength: MAX_POOL_BYTES }));
  readonly #ends = new Uint32Array(new ArrayBuffer(256, { maxByteLength: MAX_NAMES * 4 }));
  #slots: Uint32Array<ArrayBuffer> = new Uint32Array(128);
  // What is looked for: resizable memory is slow to touch byte by byte, so nothing but whole copies goes there.
  #scratch = Buffer.alloc(4096);
  #length = 1;
  // Differs each time, so that nobody can prepare names that all fall into one slot. Ids don't depend on it.
  readonly #seed = Math.floor(Math.random() * 0xffffffff);

  /** How many strings there are. */
  get length(): number {
    return this.#length;
  }

  /** All strings, one after the other. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes;
  }

  /** Where string `id` ends in `bytes`; it starts where the one before it ends. */
  get ends(): Uint32Array<ArrayBuffer> {
    return this.#ends;
  }

  /** The id of this name. */
  intern(name: string): number {
    if (name.length > this.#scratch.length) return this.internBytes(encodeName(name));
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      if (unit >= 0x80) return this.internBytes(encodeName(name));
      this.#scratch[i] = unit;
    }
    return this.#internScratch(name.length);
  }

  /** The id of these bytes. */
  internBytes(bytes: Uint8Array): number {
    if (bytes.length > this.#scratch.length) this.#scratch = Buffer.alloc(2 * bytes.length);
    this.#scratch.set(bytes);
    return this.#internScratch(bytes.length);
  }

  /** A copy in plain memory, several times faster to read byte by byte; `free` ends its use. */
  flatCopy(): { bytes: Buffer; ends: Uint32Array; free(): void } {
    const ends = Uint32Array.from(this.#ends.subarray(0, this.#length));
    const plain = new Uint8Array(ends.at(-1) ?? 0);
    plain.set(this.#bytes.subarray(0, plain.length));
    const free = () => {
      plain.buffer.transfer(0);
      release(ends);
    };
    return { bytes: Buffer.from(plain.buffer), ends, free };
  }

  /** Puts other bytes of the same length in the place of a string; nothing may be interned afterwards. */
  replace(id: number, bytes: Uint8Array): void {
    const start = this.#ends[id - 1]!;
    if (this.#ends[id]! - start !== bytes.length) throw new RangeError("Cannot replace name: lengths differ");
    this.#bytes.set(bytes, start);
  }

  /** Frees what finds strings; nothing may be interned afterwards. */
  dropSlots(): void {
    release(this.#slots);
    this.#slots = new Uint32Array(0);
  }

  /** Frees the strings; nothing may be read afterwards. */
  dropBytes(): void {
    this.#bytes.buffer.resize(0);
    this.#ends.buffer.resize(0);
  }

  #internScratch(length: number): number {
    if (length === 0) return 0;
    const mask = this.#slots.length - 1;
    for (let slot = this.#hashScratch(length) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id === 0) {
        this.#slots[slot] = this.#length;
        return this.#append(length);
      }
      const start = this.#ends[id - 1]!;
      const end = this.#ends[id]!;
      if (end - start === length && this.#bytes.compare(this.#scratch, 0, length, start, end) === 0)
        return id;
    }
  }

  #append(length: number): number {
    const id = this.#length++;
    const start = this.#ends[id - 1]!;
    if (id >= MAX_NAMES || start + length > MAX_POOL_BYTES) throw tooManyNames();
    if (id >= this.#ends.length) this.#ends.buffer.resize(Math.min(MAX_NAMES, this.#ends.length * 2) * 4);
    if (start + length > this.#bytes.length) this.#grow(start + length);
    this.#scratch.copy(this.#bytes, start, 0, length);
    this.#ends[id] = start + length;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #grow(needed: number): void {
    const { buffer } = this.#bytes;
    buffer.resize(Math.min(MAX_POOL_BYTES, Math.max(needed, buffer.byteLength * 2)));
    this.#bytes = Buffer.from(buffer);
  }

  #rehash(): void {
    const { length } = this.#slots;
    release(this.#slots);
    this.#slots = new Uint32Array(length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 1; id < this.#length; id++) {
      const bytes = this.#bytes.copy(this.#scratch, 0, this.#ends[id - 1], this.#ends[id]);
      let slot = this.#hashScratch(bytes) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
    }
  }

  /** FNV-1a with a seed and a final mix. */
  #hashScratch(length: number): number {
    const scratch = this.#scratch;
    let hash = this.#seed;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ scratch[i]!, 0x01000193);
    hash ^= hash >>> 15;
    return Math.imul(hash, 0x85ebca6b) >>> 3;
  }
}

/** Gives the memory back at once, not at the next garbage collection. */
function release(words: Uint32Array<ArrayBuffer>): void {
  words.buffer.transfer(0);
}

function tooManyNames(): LayerError {
  return new LayerError("TAR_LIMIT", "Cannot index layer: its names take too much memory", {
    facts: { limit: MAX_POOL_BYTES },
  });
}
