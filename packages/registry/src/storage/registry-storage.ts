// Everything that a registry keeps: bytes, what belongs to whom, and uploads under way.
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Digest } from "@tsbuild/oci";
import type { BlobStore } from "@tsbuild/store";
import { writeAtomically } from "./atomic-file.ts";
import type { BlobShelf } from "./blob-shelf.ts";
import { FolderJournal } from "./folder-journal.ts";
import { FolderShelf } from "./folder-shelf.ts";
import { Repositories } from "./repositories.ts";
import { StoreShelf } from "./store-shelf.ts";
import { Uploads } from "./uploads.ts";

/** Bytes and facts together. */
export class RegistryStorage {
  readonly shelf: BlobShelf;
  readonly repositories: Repositories;
  readonly uploads: Uploads;
  /** Bytes are on the shelf before a repository names them: in between nothing may be discarded. */
  #arriving = 0;

  constructor(parts: { shelf: BlobShelf; repositories: Repositories; uploads: Uploads }) {
    this.shelf = parts.shelf;
    this.repositories = parts.repositories;
    this.uploads = parts.uploads;
  }

  /** Ends an upload, puts its bytes on the shelf, then `name`s them. */
  async keepUpload(repository: string, id: string, digest: Digest, name: () => Promise<void>): Promise<void> {
    await this.whileNothingIsDiscarded(async () => {
      const { path, size } = await this.uploads.finish(repository, id, digest);
      await this.shelf.adopt(path, digest, size);
      await name();
    });
  }

  /** The same for bytes in memory. */
  async keepBytes(
    repository: string,
    bytes: Uint8Array,
    digest: Digest,
    name: () => Promise<void>,
  ): Promise<void> {
    const id = await this.uploads.start(repository);
    await this.uploads.append(repository, id, Readable.from([bytes]));
    await this.keepUpload(repository, id, digest, name);
  }

  async whileNothingIsDiscarded<T>(work: () => Promise<T>): Promise<T> {
    this.#arriving += 1;
    try {
      return await work();
    } finally {
      this.#arriving -= 1;
    }
  }

  /** Frees the bytes when no repository names them any more. While others arrive they are left: better too many than too few. */
  async discardUnused(digest: Digest): Promise<void> {
    if (this.#arriving === 0 && !this.repositories.isUsed(digest)) await this.shelf.remove(digest);
  }
}

/** A storage and how to let go of it. */
export interface OpenedStorage {
  readonly storage: RegistryStorage;
  close(): Promise<void>;
}

const format = "tsbuild-registry 1\n";

/** A registry's own folder, made when it is not there; what it held is served again. */
export async function openFolderStorage(root: string): Promise<OpenedStorage> {
  await mkdir(root, { recursive: true });
  await checkFormat(join(root, "registry-format"));
  const journal = new FolderJournal(root);
  const repositories = new Repositories(await journal.load(), journal);
  // On the blobs' file system, so that a finished upload is renamed into place.
  const uploads = new Uploads(join(root, "uploads"));
  await uploads.open();
  const storage = new RegistryStorage({ shelf: new FolderShelf(root), repositories, uploads });
  return { storage, close: () => uploads.close() };
}

/** Bytes in `store`; repositories and tags live as long as the registry. */
export async function openStoreStorage(store: BlobStore): Promise<OpenedStorage> {
  const folder = await mkdtemp(join(tmpdir(), "tsbuild-registry-"));
  const uploads = new Uploads(folder);
  const close = async (): Promise<void> => {
    await uploads.close();
    await rm(folder, { recursive: true, force: true });
  };
  const storage = new RegistryStorage({
    shelf: new StoreShelf(store),
    repositories: new Repositories(),
    uploads,
  });
  return { storage, close };
}

async function checkFormat(path: string): Promise<void> {
  const found = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return writeAtomically(path, format);
  if (found !== format) {
    throw new Error(
      `Cannot open the registry's folder: ${path} says ${JSON.stringify(found.slice(0, 40))}, this version reads ${JSON.stringify(format.trim())}`,
    );
  }
}
