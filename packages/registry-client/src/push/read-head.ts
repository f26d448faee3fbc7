// Looks at the first bytes of a stream, to treat small blobs differently, without losing them.
import type { Bytes } from "@tsbuild/store";

export interface Head {
  /** Whether `start` is all there is. */
  readonly isWhole: boolean;
  readonly start: Uint8Array;
  /** Everything, `start` included; once. */
  all(): Bytes;
  /** Lets go of the source when `all` was not read to its end. */
  close(): Promise<void>;
}

/** Reads until there are more than `limit` bytes or the source ends. */
export async function readHead(source: Bytes, limit: number): Promise<Head> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length <= limit) {
    const next = await iterator.next();
    if (next.done === true) {
      isWhole = true;
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunks.splice(0);
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return {
    isWhole,
    start: isWhole ? Buffer.concat(chunks, length) : new Uint8Array(),
    all,
    close: async () => {
      await iterator.return?.();
    },
  };
}
