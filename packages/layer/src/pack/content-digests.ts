// The content digests of a tar's files while it is written: 32 bytes a row, not a string.
import type { Digest } from "@tsbuild/oci";

const digestBytes = 32;

export class ContentDigests {
  readonly #bytes: Buffer;
  readonly #known: Uint8Array;

  constructor(rows: number) {
    this.#bytes = Buffer.alloc(rows * digestBytes);
    this.#known = new Uint8Array(rows);
  }

  set(row: number, digest: Uint8Array): void {
    this.#bytes.set(digest, row * digestBytes);
    this.#known[row] = 1;
  }

  get(row: number): Digest | undefined {
    if (this.#known[row] !== 1) return undefined;
    const start = row * digestBytes;
    return `sha256:${this.#bytes.toString("hex", start, start + digestBytes)}` as Digest; // it was made right here
  }
}
