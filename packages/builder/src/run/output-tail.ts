// The last lines that a process has printed, for the error when it fails: bounded, whatever it prints.
const keptBytes = 16 * 1024;
const keptLines = 20;

export class OutputTail {
  #bytes = Buffer.alloc(0);

  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes.subarray(-keptBytes)]);
    this.#bytes = all.subarray(-keptBytes);
  }

  /** At most 20 lines, without control characters but tabs; the first may be cut off. */
  get text(): string {
    const lines = this.#bytes.toString("utf8").trimEnd().split(/\r?\n/).slice(-keptLines);
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    return lines.join("\n").replace(/\x1b\[[0-?]*[ -/]*[@-~]|[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "");
  }
}
