// The last lines that a process has printed, for the error when it fails: bounded, whatever it prints.
const keptBytes = 16 * 1024;
const keptLines = 20;

// Control sequences, strings for the terminal (titles, the clipboard) with what they say, and other control characters.
const notText =
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

export class OutputTail {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes.subarray(-keptBytes));
    this.#bytes += Math.min(bytes.length, keptBytes);
    // Now and then, not for each of many small pieces.
    if (this.#bytes > 4 * keptBytes || this.#pieces.length > 1000) this.#shorten();
  }

  /** At most 20 lines, without control characters but tabs; the first may be cut off. */
  get text(): string {
    this.#shorten();
    const text = Buffer.concat(this.#pieces).toString("utf8").replace(notText, "");
    return text.trimEnd().split("\n").slice(-keptLines).join("\n");
  }

  #shorten(): void {
    const kept = Buffer.concat(this.#pieces).subarray(-keptBytes);
    this.#pieces = [Buffer.from(kept)];
    this.#bytes = kept.length;
  }
}
