// What tells whether a file is still the same: device, inode, size and both times to the nanosecond, one value a row in
// shared memory. Compared as 32-bit words, since a BigInt for each comparison would cost more than the comparison.

/** Words of 32 bits that a row has. */
const wordsPerRow = 10;

/** A file's identity as read from the file system. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export class FileIdentities {
  /** Rows of device, inode, size, mtime and ctime. */
  readonly #values: BigInt64Array;
  readonly #words: Uint32Array;

  /** `buffer` holds whole rows of 40 bytes. */
  constructor(buffer: ArrayBufferLike, byteOffset = 0, rows = (buffer.byteLength - byteOffset) / 40) {
    this.#values = new BigInt64Array(buffer, byteOffset, rows * 5);
    this.#words = new Uint32Array(buffer, byteOffset, rows * wordsPerRow);
  }

  /** Bytes that a row takes. */
  static readonly bytesPerRow = 40;

  set(row: number, identity: FileIdentity): void {
    const at = row * 5;
    this.#values[at] = identity.device;
    this.#values[at + 1] = identity.inode;
    this.#values[at + 2] = identity.size;
    this.#values[at + 3] = identity.mtimeNs;
    this.#values[at + 4] = identity.ctimeNs;
  }

  get(row: number): FileIdentity {
    const [device = 0n, inode = 0n, size = 0n, mtimeNs = 0n, ctimeNs = 0n] = this.#values.subarray(
      row * 5,
      row * 5 + 5,
    );
    return { device, inode, size, mtimeNs, ctimeNs };
  }

  /** Whether this row and a row of another table are the same file in the same state. */
  isSame(row: number, other: FileIdentities, otherRow: number): boolean {
    const left = row * wordsPerRow;
    const right = otherRow * wordsPerRow;
    for (let i = 0; i < wordsPerRow; i++) if (this.#words[left + i] !== other.#words[right + i]) return false;
    return true;
  }

  /** Copies a row of another table. */
  copyRow(row: number, other: FileIdentities, otherRow: number): void {
    this.#values.set(other.#values.subarray(otherRow * 5, otherRow * 5 + 5), row * 5);
  }

  /** A number that spreads rows over a hash table: from the inode. */
  hashOf(row: number): number {
    return Math.imul(this.#words[row * wordsPerRow + 2] ?? 0, 0x9e37_79b1) >>> 0;
  }

  /** Whether a time of the row is at or after `timeNs`. */
  isNewerThan(row: number, timeNs: bigint): boolean {
    return (this.#values[row * 5 + 3] ?? 0n) >= timeNs || (this.#values[row * 5 + 4] ?? 0n) >= timeNs;
  }
}
