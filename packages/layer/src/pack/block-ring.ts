// Memory for blocks that a thread fills and the main thread empties, in a circle: the thread waits when all
// are full, so that packing takes the same memory for any layer. Atomics carry the one number that both
// sides need; the lengths of the blocks travel as messages.
import type { BlockOutlet } from "./block-writer.ts";

/** Shared between the threads; can be sent in a message. */
export interface BlockRingMemory {
  readonly bytes: SharedArrayBuffer;
  /** One Int32: how many blocks the main thread has given back since the start. */
  readonly released: SharedArrayBuffer;
  /** Blocks in the ring. */
  readonly count: number;
}

export function createBlockRing(count: number, bytesPerBlock: number): BlockRingMemory {
  return {
    bytes: new SharedArrayBuffer(count * bytesPerBlock),
    released: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    count,
  };
}

/**
 * The thread's side. `announce` tells the main thread the length of the next full block. `take` throws once
 * the main thread has closed the ring.
 */
export function blockRingOutlet(ring: BlockRingMemory, announce: (length: number) => void): BlockOutlet {
  const released = new Int32Array(ring.released);
  const bytesPerBlock = ring.bytes.byteLength / ring.count;
  let sent = 0;
  return {
    take() {
      for (;;) {
        const seen = Atomics.load(released, 0);
        const ahead = (sent - seen) | 0; // right even after the numbers have wrapped around
        if (ahead < 0) throw new Error("the main thread has closed the ring");
        if (ahead < ring.count) break;
        Atomics.wait(released, 0, seen);
      }
      return Buffer.from(ring.bytes, (sent % ring.count) * bytesPerBlock, bytesPerBlock);
    },
    send(length) {
      sent += 1;
      announce(length);
    },
  };
}

/** The main thread's side: block number `index` since the start, which the thread has filled. */
export function blockInRing(ring: BlockRingMemory, index: number, length: number): Buffer {
  const bytesPerBlock = ring.bytes.byteLength / ring.count;
  return Buffer.from(ring.bytes, (index % ring.count) * bytesPerBlock, length);
}

/** Gives the oldest block that was not given back yet to the thread. */
export function releaseBlock(ring: BlockRingMemory): void {
  addReleased(ring, 1);
}

/** Tells the thread to stop: as if more blocks had come back than it ever sent. Once. */
export function closeBlockRing(ring: BlockRingMemory): void {
  addReleased(ring, 0x4000_0000);
}

function addReleased(ring: BlockRingMemory, blocks: number): void {
  const released = new Int32Array(ring.released);
  Atomics.add(released, 0, blocks);
  Atomics.notify(released, 0);
}
