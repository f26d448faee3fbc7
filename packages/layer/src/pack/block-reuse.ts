// Blocks that an earlier layer has compressed already. A block ends where entries end, so that one changed file leaves
// all blocks but its own as they were; what is the same need not be compressed again.
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { BlockCodec } from "./block-codec.ts";

/** Where a block's compressed bytes lie in its layer. */
export interface BlockRecord {
  /** The sha256 of the block's bytes in the tar, in hexadecimal digits. */
  readonly content: string;
  readonly offset: number;
  readonly length: number;
  /** The CRC-32 of the compressed bytes: a damaged layer must not spoil the next. */
  readonly crc: number;
}

/** An earlier layer that the same compression has made. */
export interface EarlierBlocks {
  readonly records: readonly BlockRecord[];
  /** Reads compressed bytes of that layer; undefined when they cannot be read. */
  read(offset: number, length: number): Uint8Array | undefined;
}

/** A codec that takes what it can from earlier blocks, and remembers what it has made. */
export class ReusingCodec implements BlockCodec {
  readonly mediaType: string;
  readonly #codec: BlockCodec & { skip(block: Uint8Array): void };
  readonly #earlier: EarlierBlocks | undefined;
  readonly #known: ReadonlyMap<string, BlockRecord>;
  readonly #contents: string[] = [];
  readonly #records: BlockRecord[] = [];
  #offset = 0;

  constructor(codec: BlockCodec & { skip(block: Uint8Array): void }, earlier: EarlierBlocks | undefined) {
    this.mediaType = codec.mediaType;
    this.#codec = codec;
    this.#earlier = earlier;
    this.#known = new Map(earlier?.records.map((record) => [record.content, record]));
  }

  /** All blocks so far. */
  get records(): readonly BlockRecord[] {
    return this.#records;
  }

  head(): Uint8Array {
    const head = this.#codec.head();
    this.#offset = head.length;
    return head;
  }

  encode(block: Uint8Array): Promise<Uint8Array> {
    const content = hash("sha256", block, "hex");
    this.#contents.push(content);
    const found = this.#find(content);
    if (found === undefined) return this.#codec.encode(block);
    this.#codec.skip(block);
    return Promise.resolve(found);
  }

  /** To be told of each encoded block when it is written, in order. */
  wrote(encoded: Uint8Array): void {
    const content = this.#contents.shift();
    if (content === undefined) return;
    const { length } = encoded;
    this.#records.push({ content, offset: this.#offset, length, crc: crc32(encoded) });
    this.#offset += length;
  }

  tail(): Uint8Array {
    return this.#codec.tail();
  }

  #find(content: string): Uint8Array | undefined {
    const record = this.#known.get(content);
    if (record === undefined) return undefined;
    const bytes = this.#earlier?.read(record.offset, record.length);
    return bytes?.length === record.length && crc32(bytes) === record.crc ? bytes : undefined;
  }
}
