// The uncompressed tar of a layer, caught while the layer is indexed, for whoever unpacks it right after: to decompress the
// blob once more would take longer than all else. It is never more than a copy: when it cannot be written, or would be very
// large, there is none.
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";

const largestBytes = 1024 * 1024 * 1024;

export class TarSpool {
  readonly path: string;
  #file: Promise<FileHandle | undefined>;
  #writing: Promise<unknown> = Promise.resolve();
  #bytes = 0;
  #isWhole = true;

  constructor(path: string) {
    this.path = path;
    this.#file = open(path, "wx", 0o600).catch(() => this.#giveUp());
  }

  /** Takes the next chunk, which must not change any more; one may be on its way when this resolves. */
  async write(chunk: Uint8Array): Promise<void> {
    const file = await this.#file;
    if (file === undefined || !this.#isWhole) return;
    this.#bytes += chunk.length;
    if (this.#bytes > largestBytes) {
      this.#giveUp();
      return;
    }
    await this.#writing;
    this.#writing = writeFully(file, chunk).catch(() => this.#giveUp());
  }

  /** Whether all of it is in the file. */
  async finish(): Promise<boolean> {
    await this.#writing;
    await (await this.#file)?.close();
    if (!this.#isWhole) await this.remove();
    return this.#isWhole;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  #giveUp(): undefined {
    this.#isWhole = false;
  }
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
}
