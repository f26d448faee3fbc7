// Nanoseconds since 1970 as seconds and the rest. Two BigInt divisions for each file would be a tenth of a walk.

export class TimeSplitter {
  readonly #value = new BigInt64Array(1);
  readonly #words = new Int32Array(this.#value.buffer);
  readonly #low = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

  /** Whole seconds, rounded down, and 0..999999999 nanoseconds. */
  split(nanoseconds: bigint): { seconds: number; nanoseconds: number } {
    this.#value[0] = nanoseconds;
    const low = this.#words[this.#low] ?? 0;
    const high = this.#words[1 - this.#low] ?? 0;
    // Off by one at most. The rest is exact, since it is small and the low words alone give it modulo 2^32.
    let seconds = Math.floor(high * 4.294_967_296 + (low >>> 0) * 1e-9);
    let rest = (low - Math.imul(seconds, 1_000_000_000)) | 0;
    if (rest < 0) {
      seconds -= 1;
      rest += 1_000_000_000;
    } else if (rest >= 1_000_000_000) {
      seconds += 1;
      rest -= 1_000_000_000;
    }
    return { seconds, nanoseconds: rest };
  }
}
