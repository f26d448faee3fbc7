// Files computed from blobs (indexes, inflated tars): made once, whole or not there, and free to be deleted.
import { digestAlgorithm, digestHex, isDigest } from "@tsbuild/oci";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { blobFileSize, removeSame } from "./blob-file.ts";
import type { Bytes } from "./blob-store.ts";
import { fileCalls, moveInPlace, withTemporary, writeFully } from "./files.ts";
import { storeFailure } from "./store-error.ts";

/** Kinds and names are words of letters, digits, ".", "_" and "-"; a name may be a digest too. */
export class DerivedFiles {
  readonly #folder: string;
  readonly #temporaryPath: () => Promise<string>;
  readonly #making = new Map<string, Promise<string>>();

  constructor(folder: string, temporaryPath: () => Promise<string>) {
    this.#folder = folder;
    this.#temporaryPath = temporaryPath;
  }

  /** The file's path, or `undefined` when nobody made it yet. */
  async find(kind: string, name: string): Promise<string | undefined> {
    const path = this.#path(kind, name);
    return (await blobFileSize(path)) === undefined ? undefined : path;
  }

  /** Keeps the bytes unless the file is there, and gives its path. */
  async write(kind: string, name: string, bytes: Bytes | Uint8Array): Promise<string> {
    return this.#once(kind, name, async (temporary) => {
      await withTemporary(temporary, fileCalls, async (file) => {
        if (bytes instanceof Uint8Array) return writeFully(file, bytes);
        for await (const chunk of bytes) await writeFully(file, chunk);
      });
    });
  }

  /** Has `fill` make a file at a temporary path unless it is there, and gives the final path. */
  async make(kind: string, name: string, fill: (temporaryPath: string) => Promise<void>): Promise<string> {
    return this.#once(kind, name, async (temporary) => {
      try {
        await fill(temporary);
        await syncFile(temporary);
      } catch (error) {
        await fileCalls.remove(temporary);
        throw error;
      }
    });
  }

  /** Forgets the file whose inode is `inode`; one that another process has put in its place stays. */
  async remove(kind: string, name: string, inode: bigint): Promise<void> {
    const path = this.#path(kind, name);
    try {
      await removeSame(path, inode);
    } catch (error) {
      throw storeFailure(error, "remove a derived file", { path });
    }
  }

  /** In this process a file is made once at a time; two processes may both make it, and the same comes out. */
  async #once(kind: string, name: string, make: (temporary: string) => Promise<void>): Promise<string> {
    const path = this.#path(kind, name);
    if ((await blobFileSize(path)) !== undefined) return path;
    const running = this.#making.get(path);
    if (running !== undefined) return running;
    const making = this.#makeAt(path, kind, make).finally(() => this.#making.delete(path));
    this.#making.set(path, making);
    return making;
  }

  async #makeAt(path: string, kind: string, make: (temporary: string) => Promise<void>): Promise<string> {
    try {
      const temporary = await this.#temporaryPath();
      await make(temporary);
      await mkdir(join(this.#folder, kind), { recursive: true });
      await moveInPlace(temporary, path, fileCalls);
      return path;
    } catch (error) {
      throw storeFailure(error, "write a derived file", { path });
    }
  }

  #path(kind: string, name: string): string {
    // A colon in a path is a separator to mount(8) and PATH-like options.
    return join(
      this.#folder,
      word(kind),
      word(isDigest(name) ? `${digestAlgorithm(name)}-${digestHex(name)}` : name),
    );
  }
}

function word(text: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(text)) return text;
  throw new TypeError(
    `Cannot name a derived file ${JSON.stringify(text)}: only letters, digits, ".", "_" and "-"`,
  );
}

async function syncFile(path: string): Promise<void> {
  const file: FileHandle = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
