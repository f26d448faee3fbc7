// The files whose bytes are in one tar, in the order in which a single pass over it meets them.
export class SliceList {
  readonly #rows: number[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  #ascends = true;

  get length(): number {
    return this.#rows.length;
  }

  /** @param length how many bytes the tar has of it, at least one */
  add(row: number, offset: number, length: number): void {
    const before = this.#offsets.at(-1) ?? -1;
    this.#rows.push(row);
    this.#offsets.push(offset);
    this.#lengths.push(length);
    this.#ascends &&= offset >= before;
  }

  /** To be asked for once all have been added. */
  sort(): SortedSlices {
    const order = Uint32Array.from(this.#rows.keys());
    const offsets = this.#offsets;
    if (!this.#ascends) order.sort((a, b) => offsets[a]! - offsets[b]!);
    return {
      rows: Uint32Array.from(order, (at) => this.#rows[at]!),
      offsets: Float64Array.from(order, (at) => offsets[at]!),
      lengths: Float64Array.from(order, (at) => this.#lengths[at]!),
    };
  }
}

/** One value a file in each. */
export interface SortedSlices {
  readonly rows: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
}
