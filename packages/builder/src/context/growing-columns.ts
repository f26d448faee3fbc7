// What is known of each row of a context besides its entry, in columns that grow while the context is walked.
import { FileIdentities, type FileIdentity } from "./file-identities.ts";

export class GrowingColumns {
  #length = 0;
  #identityBytes = new ArrayBuffer(1024 * FileIdentities.bytesPerRow);
  #identities = new FileIdentities(this.#identityBytes);
  #ends = new Uint32Array(1024);

  /** Adds row number `row`, which must be the next. It ends after itself until `setEnd` says otherwise. */
  add(row: number, identity: FileIdentity): void {
    if (row !== this.#length) throw new RangeError(`Row ${row} is not row ${this.#length}`);
    if (row === this.#ends.length) this.#grow();
    this.#identities.set(row, identity);
    this.#ends[row] = row + 1;
    this.#length += 1;
  }

  setEnd(row: number, end: number): void {
    this.#ends[row] = end;
  }

  finish(): { identities: SharedArrayBuffer; ends: Uint32Array } {
    const bytes = this.#length * FileIdentities.bytesPerRow;
    const identities = new SharedArrayBuffer(bytes);
    new Uint8Array(identities).set(new Uint8Array(this.#identityBytes, 0, bytes));
    return { identities, ends: this.#ends.slice(0, this.#length) };
  }

  #grow(): void {
    this.#identityBytes = this.#identityBytes.transfer(this.#identityBytes.byteLength * 2);
    this.#identities = new FileIdentities(this.#identityBytes);
    const ends = new Uint32Array(this.#ends.length * 2);
    ends.set(this.#ends);
    this.#ends = ends;
  }
}
