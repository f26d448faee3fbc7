// The content digests of a tar's files while it is written: 32 bytes a row, not a string.

const digestBytes = 32;

export class ContentDigests {
  readonly bytes: Uint8Array;
  /** 1 for each row that has one. */
  readonly known: Uint8Array;

  constructor(rows: number) {
    this.bytes = new Uint8Array(rows * digestBytes);
    this.known = new Uint8Array(rows);
  }

  set(row: number, digest: Uint8Array): void {
    this.bytes.set(digest, row * digestBytes);
    this.known[row] = 1;
  }
}
