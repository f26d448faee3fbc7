// Where the blocks of a layer's tar come from, as the compressor sees it.
import type { BlockOutlet } from "./block-writer.ts";
import { blockRoom } from "./block-writer.ts";
import { writeTar } from "./write-tar.ts";
import type { TarJob, WrittenTar } from "./write-tar.ts";

export interface BlockSource {
  /** The next block of the tar, or `undefined` after the last. */
  next(): Promise<Uint8Array | undefined>;
  /** Gives the memory of the oldest block back; its bytes may change from then on. */
  release(): void;
  /** What was written; only after `next` has given `undefined`. */
  finish(): WrittenTar;
  /** Stops, whatever is going on. A `next` that waits is rejected. Can be called twice. */
  close(): Promise<void>;
}

/** Packs here and now and holds all blocks in memory: for tars of a few MiB. */
export function packHere(job: TarJob): BlockSource {
  const blocks: Uint8Array[] = [];
  const memory = Buffer.allocUnsafeSlow(blockRoom(job.blocks));
  const outlet: BlockOutlet = {
    take: () => memory,
    send: (length) => blocks.push(new Uint8Array(memory.subarray(0, length))),
  };
  const tar = writeTar(job, outlet);
  return {
    next: () => Promise.resolve(blocks.shift()),
    release: () => undefined,
    finish: () => tar,
    close: () => Promise.resolve(),
  };
}
