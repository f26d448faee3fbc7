// The bytes of an upload, and how often they can be had: a function or an iterable can be asked again, a
// running generator cannot.
import type { Bytes } from "@tsbuild/store";

/** What `Repository.write` takes. A function is called once for each try. */
export type UploadBytes = Bytes | (() => Bytes);

/** Opens the source; what it throws is remembered, so that it is never taken for the registry's fault. */
export class UploadSource {
  readonly #bytes: UploadBytes;
  readonly #wrap: (bytes: Bytes) => Bytes;
  #opened = 0;
  #failure: { error: unknown } | undefined;

  /** @param wrap applied to the bytes each time, e.g. to verify them */
  constructor(bytes: UploadBytes, wrap: (bytes: Bytes) => Bytes) {
    this.#bytes = bytes;
    this.#wrap = wrap;
  }

  /** What the source threw during the last try. */
  get failure(): { error: unknown } | undefined {
    return this.#failure;
  }

  /**
   * Whether another try makes sense. An iterable that is its own iterator is spent after one; any other may
   * begin anew, and if it does not, verification says so.
   */
  get isRepeatable(): boolean {
    return this.#opened === 0 || typeof this.#bytes === "function" || !isOwnIterator(this.#bytes);
  }

  open(): Bytes {
    this.#opened += 1;
    this.#failure = undefined;
    return {
      [Symbol.asyncIterator]: () =>
        this.#remember(typeof this.#bytes === "function" ? this.#bytes() : this.#bytes),
    };
  }

  async *#remember(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#wrap(bytes);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

function isOwnIterator(bytes: Bytes): boolean {
  const iterator: unknown = bytes[Symbol.asyncIterator]();
  return iterator === bytes;
}
