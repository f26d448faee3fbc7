// Small pieces of bytes under a key, several for each: what a cache remembers. Each file is named by the hash
// of its content, so a torn or foreign one is recognised and skipped, and no fsync is needed.
import { digestHex, digestOf, isDigest } from "@tsbuild/oci";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { storeFailure, systemCode } from "./store-error.ts";

/** Records by key, safe for several processes. A key is any text; a digest is best. */
export class Records {
  readonly #folder: string;
  readonly #temporaryPath: () => Promise<string>;

  constructor(folder: string, temporaryPath: () => Promise<string>) {
    this.#folder = folder;
    this.#temporaryPath = temporaryPath;
  }

  /** Everything under the key, newest first. */
  async list(key: string): Promise<Uint8Array[]> {
    const folder = this.#folderOf(key);
    const names = await ifPresent(readdir(folder), []);
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        const bytes = await ifPresent(readFile(path), undefined);
        if (bytes === undefined || fileName(bytes) !== name) return undefined;
        return { name, bytes, time: (await ifPresent(stat(path), undefined))?.mtimeMs ?? 0 };
      }),
    );
    return found
      .filter((record) => record !== undefined)
      .sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1))
      .map(({ bytes }) => bytes);
  }

  /** Adds a record, or makes the same one the newest again. */
  async add(key: string, bytes: Uint8Array): Promise<void> {
    const folder = this.#folderOf(key);
    const path = join(folder, fileName(bytes));
    try {
      const temporary = await this.#temporaryPath();
      await writeFile(temporary, bytes, { flag: "wx" });
      // The kernel's clock for new files is coarse (4 ms): two in a row would have the same time.
      const now = (performance.timeOrigin + performance.now()) / 1000;
      await utimes(temporary, now, now);
      await mkdir(folder, { recursive: true });
      await rename(temporary, path);
    } catch (error) {
      throw storeFailure(error, `add a record`, { path });
    }
  }

  async remove(key: string, bytes: Uint8Array): Promise<void> {
    await rm(join(this.#folderOf(key), fileName(bytes)), { force: true });
  }

  #folderOf(key: string): string {
    const hex = digestHex(isDigest(key) ? key : digestOf(key));
    return join(this.#folder, hex.slice(0, 2), hex);
  }
}

function fileName(bytes: Uint8Array): string {
  return digestHex(digestOf(bytes));
}

async function ifPresent<T, U>(reading: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await reading;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return otherwise;
    throw error;
  }
}
