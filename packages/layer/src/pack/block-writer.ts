// Puts the bytes of a tar one after the other into blocks, cut as the block rule says, and hashes them.
// Where the blocks' memory comes from and where they go is the business of a BlockOutlet, so that a thread
// and a small synchronous pack make the same bytes with the same code.
import { createHash } from "node:crypto";
import { endsBlock } from "./block-rule.ts";
import type { BlockRule } from "./block-rule.ts";

/** Lends memory for one block at a time and takes it back filled. */
export interface BlockOutlet {
  /** Memory of at least `blockRoom(rule)` bytes; may wait until there is some. */
  take(): Buffer;
  /** The block taken last, of which the first `length` bytes are filled. */
  send(length: number): void;
}

/** Bytes of memory for a block: one more than it may have, so that one read tells that a file has grown. */
export function blockRoom(rule: BlockRule): number {
  return rule.maxBytes + 512;
}

export class BlockWriter {
  readonly #rule: BlockRule;
  readonly #outlet: BlockOutlet;
  readonly #hash = createHash("sha256");
  #block: Buffer | undefined;
  #filled = 0;
  #sent = 0;

  constructor(rule: BlockRule, outlet: BlockOutlet) {
    this.#rule = rule;
    this.#outlet = outlet;
  }

  /** Bytes written so far: the offset in the tar of what comes next. */
  get position(): number {
    return this.#sent + this.#filled;
  }

  /** Bytes that the current block still takes. */
  get room(): number {
    return this.#rule.maxBytes - this.#filled;
  }

  /** Ends the block before an entry of `bytes` bytes that one block could hold, but not what is left of this. */
  makeRoom(bytes: number): void {
    if (bytes > this.room && bytes <= this.#rule.maxBytes) this.cut();
  }

  /** Whether an entry of `bytes` bytes is larger than any block. */
  exceedsBlock(bytes: number): boolean {
    return bytes > this.#rule.maxBytes;
  }

  /** Copies bytes in. */
  put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.room);
      this.#memory().set(part, this.#filled);
      this.#advance(part.length);
      at += part.length;
    }
  }

  putZeros(length: number): void {
    for (let left = length; left > 0;) {
      const part = Math.min(left, this.room);
      this.#memory().fill(0, this.#filled, this.#filled + part);
      this.#advance(part);
      left -= part;
    }
  }

  /**
   * Lets `read` fill up to `length` bytes of the current block and returns what it returned: how many bytes
   * there are. `read` may touch one byte more than it is asked for, and may say so by returning it: such a
   * byte is not taken.
   */
  fill(length: number, read: (block: Buffer, at: number, length: number) => number): number {
    const wanted = Math.min(length, this.room);
    const got = read(this.#memory(), this.#filled, wanted);
    this.#advance(Math.min(got, wanted));
    return got;
  }

  /** To be called after each entry, `bytes` long in the tar: ends the block if the rule says so. */
  endEntry(path: string, bytes: number): void {
    if (this.#filled >= this.#rule.minBytes && endsBlock(this.#rule, path, bytes)) this.cut();
  }

  /** Ends the current block if there is anything in it. */
  cut(): void {
    if (this.#filled === 0) return;
    this.#hash.update(this.#memory().subarray(0, this.#filled));
    this.#outlet.send(this.#filled);
    this.#sent += this.#filled;
    this.#filled = 0;
    this.#block = undefined;
  }

  /** Ends the tar. Returns the sha256 of all bytes in hexadecimal digits. */
  finish(): string {
    this.putZeros(1024);
    this.cut();
    return this.#hash.digest("hex");
  }

  /** Taken only when there is something to write: the outlet may make us wait. */
  #memory(): Buffer {
    this.#block ??= this.#outlet.take();
    return this.#block;
  }

  #advance(length: number): void {
    this.#filled += length;
    if (this.room === 0) this.cut();
  }
}
