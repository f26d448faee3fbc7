// What turns a layer's blocks into its compressed form: bytes before, bytes for each block, bytes after.
// Blocks don't see each other, so that they can be encoded in any order and at the same time.

export interface BlockCodec {
  /** The media type of the layer. */
  readonly mediaType: string;
  /** The bytes before the first block. */
  head(): Uint8Array;
  /**
   * The encoded block, in a buffer of its own. Called in the order of the tar; the results may come in any
   * order. `block` may be changed once the promise has settled.
   */
  encode(block: Uint8Array): Promise<Uint8Array>;
  /** The bytes after the last block. */
  tail(): Uint8Array;
}

/** The codec of layers that are not compressed. */
export function plainCodec(mediaType: string): BlockCodec {
  return {
    mediaType,
    head: () => new Uint8Array(0),
    encode: (block) => Promise.resolve(new Uint8Array(block)),
    tail: () => new Uint8Array(0),
  };
}
