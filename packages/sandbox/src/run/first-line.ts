// Keeps back the first line of a process's stderr as long as it may be the word of a program of this machine that the
// process could not be started. Anything else passes at once.

/** No such message is longer. */
const limitBytes = 16 * 1024;

export class FirstLine {
  readonly #token: string;
  readonly #speakers: readonly string[];
  #kept: Buffer | undefined = Buffer.alloc(0);
  #isComplaint = false;

  /**
   * @param token is in every such message
   * @param speakers what they can begin with
   */
  constructor(token: string, speakers: readonly string[]) {
    this.#token = token;
    this.#speakers = speakers;
  }

  /** What can be passed on now. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#kept === undefined) return bytes;
    this.#kept = Buffer.concat([this.#kept, bytes]);
    const text = this.#kept.toString("latin1");
    if (!this.#isComplaint) {
      const line = text.split("\n", 1)[0] ?? "";
      this.#isComplaint = text.length > line.length && this.#isSpoken(line) && line.includes(this.#token);
      const mayBecome = text.length === line.length && this.#isSpoken(line);
      if (!this.#isComplaint && !mayBecome) return this.#release();
    }
    return text.length > limitBytes ? this.#release() : undefined;
  }

  /** The message that the process was not started, if that is all there was; else what is left to pass on. */
  end(): { readonly complaint: string } | { readonly rest: Uint8Array | undefined } {
    if (!this.#isComplaint || this.#kept === undefined) return { rest: this.#release() };
    return { complaint: this.#kept.toString().trim() };
  }

  #isSpoken(line: string): boolean {
    return this.#speakers.some((speaker) => line.startsWith(speaker) || speaker.startsWith(line));
  }

  #release(): Uint8Array | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    this.#isComplaint = false;
    return kept !== undefined && kept.length > 0 ? kept : undefined;
  }
}
