// A stream of numbers that is the same for the same seed on every machine and Node.

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 ≤ number < 2³². */
  nextInteger(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** 0 ≤ number < limit. */
  below(limit: number): number {
    return this.nextInteger() % limit;
  }

  /** 0 ≤ number < 1. */
  fraction(): number {
    return this.nextInteger() / 2 ** 32;
  }

  /** Normally distributed: what sizes of files look like on a logarithmic scale. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.fraction());
  }

  fill(buffer: Buffer): Buffer {
    let offset = 0;
    for (; offset + 4 <= buffer.length; offset += 4) buffer.writeUInt32LE(this.nextInteger(), offset);
    for (; offset < buffer.length; offset += 1) buffer[offset] = this.nextInteger() & 0xff;
    return buffer;
  }
}
