// Blocks of a tar in, compressed bytes out, in order: a few blocks are encoded at the same time on the
// thread pool, and whoever is done first waits for its turn.
import type { BlockCodec } from "./block-codec.ts";
import type { BlockSource } from "./block-source.ts";

/**
 * Compresses everything that `source` has. At most `inFlight` blocks are being encoded or wait to be taken.
 * `onBlock` is told the size of each block, and its compressed form, when that is handed on.
 */
export async function* compressBlocks(
  source: BlockSource,
  codec: BlockCodec,
  inFlight: number,
  onBlock: (bytes: number, encoded: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const pending: { length: number; encoded: Promise<Uint8Array> }[] = [];
  const head = codec.head();
  if (head.length > 0) yield head;
  for (let more = true; more || pending.length > 0;) {
    while (more && pending.length < inFlight) {
      // oxlint-disable-next-line no-await-in-loop -- blocks come in order
      const block = await source.next();
      if (block) pending.push({ length: block.length, encoded: encode(codec, block) });
      else more = false;
    }
    const first = pending.shift();
    if (!first) break;
    // oxlint-disable-next-line no-await-in-loop -- and go out in order
    const encoded = await first.encoded;
    source.release();
    onBlock(first.length, encoded);
    yield encoded;
  }
  const tail = codec.tail();
  if (tail.length > 0) yield tail;
}

/** The promise may wait in the queue when an error ends the pack: that must not count as unhandled. */
function encode(codec: BlockCodec, block: Uint8Array): Promise<Uint8Array> {
  const encoded = codec.encode(block);
  encoded.catch(() => undefined);
  return encoded;
}
