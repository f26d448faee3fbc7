// Bytes in memory as the stream that stores take.

/** A stream of this one chunk; it can be read once. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
