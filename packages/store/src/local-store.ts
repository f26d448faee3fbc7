// The store on this machine's disk: blobs, and what belongs to them. Safe for several processes at once,
// without locks: every file is made under a name of its own and renamed into place.
//
//   version  blobs/sha256/<hex>  tags/<name>  cache/..  elsewhere/..  derived/<kind>/<name>  tmp/<owner>.<random>
import type { Descriptor, Digest } from "@tsbuild/oci";
import { digestAlgorithm, digestHex } from "@tsbuild/oci";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { blobFileSize, readBlobFile, writeBlobFile } from "./blob-file.ts";
import type { BlobStore, Bytes, CallOptions, WriteOptions, WrittenBlob } from "./blob-store.ts";
import { DerivedFiles } from "./derived-files.ts";
import { Elsewhere } from "./elsewhere.ts";
import { Records } from "./records.ts";
import { ensureStoreVersion } from "./store-version.ts";
import { storeFailure } from "./store-error.ts";
import { Tags } from "./tags.ts";
import type { TemporaryFolder } from "./temporary-folders.ts";
import { createTemporaryFolder, findStaleFolders, sweepTemporaryFolders } from "./temporary-folders.ts";

/**
 * Opens the store in this folder, makes it if need be, and removes what killed processes left behind.
 *
 * @throws {StoreError} `STORE_VERSION`, `IO`
 */
export async function openLocalStore(root: string): Promise<LocalStore> {
  const path = resolve(root);
  try {
    await ensureStoreVersion(path);
    const folders = ["blobs/sha256", "blobs/sha512", "tags", "cache", "elsewhere", "derived", "tmp"];
    for (const folder of folders) await mkdir(join(path, folder), { recursive: true });
    await sweepTemporaryFolders(join(path, "tmp"));
  } catch (error) {
    throw storeFailure(error, `open store ${path}`, { path });
  }
  return new LocalStore(path);
}

/**
 * A store that the process which started this one has open. Nothing is swept, and temporary files go to the folder
 * `scratch`, which stays the caller's.
 */
export function shareLocalStore(root: string, scratch: string): LocalStore {
  return new LocalStore(root, { path: scratch, [Symbol.asyncDispose]: () => Promise.resolve() });
}

/** Made by {@link openLocalStore} or {@link shareLocalStore}. Disposing removes this process's temporary files. */
export class LocalStore implements BlobStore, AsyncDisposable {
  readonly root: string;
  readonly tags: Tags;
  readonly records: Records;
  readonly derived: DerivedFiles;
  readonly elsewhere: Elsewhere;
  #scratch: Promise<TemporaryFolder> | undefined;
  #files = 0;

  constructor(root: string, scratch?: TemporaryFolder) {
    if (scratch !== undefined) this.#scratch = Promise.resolve(scratch);
    const temporary = () => this.#temporaryPath();
    this.root = root;
    this.tags = new Tags(join(root, "tags"), temporary);
    this.records = new Records(join(root, "cache"), temporary);
    this.derived = new DerivedFiles(join(root, "derived"), temporary);
    this.elsewhere = new Elsewhere(new Records(join(root, "elsewhere"), temporary));
  }

  /** Where the blob's file is when the blob is here: there is no file before it is whole. */
  blobPath(digest: Digest): string {
    return join(this.root, "blobs", digestAlgorithm(digest), digestHex(digest));
  }

  async has(blob: Descriptor): Promise<boolean> {
    return (await blobFileSize(this.blobPath(blob.digest))) === blob.size;
  }

  /** A blob whose bytes turn out damaged is removed, so that it is fetched or made again. */
  read(blob: Descriptor, options: CallOptions = {}): Bytes {
    return readBlobFile(this.blobPath(blob.digest), blob, {
      ...options,
      place: "the local store",
      heal: true,
    });
  }

  async write(bytes: Bytes, options: WriteOptions = {}): Promise<WrittenBlob> {
    return writeBlobFile(bytes, {
      ...options,
      temporary: await this.#temporaryPath(),
      place: async (digest) => this.blobPath(digest),
    });
  }

  /** A new folder under `tmp`, mode 0700. If this process is killed the next one to open the store removes it. */
  async temporaryFolder(): Promise<TemporaryFolder> {
    return createTemporaryFolder(join(this.root, "tmp"));
  }

  /** Temporary folders of ended processes that could not be removed: files of a user namespace are in them. */
  async staleFolders(): Promise<string[]> {
    return findStaleFolders(join(this.root, "tmp"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const scratch = this.#scratch;
    this.#scratch = undefined;
    await (await scratch)?.[Symbol.asyncDispose]();
  }

  async #temporaryPath(): Promise<string> {
    const scratch = (this.#scratch ??= this.temporaryFolder());
    try {
      return join((await scratch).path, String(this.#files++));
    } catch (error) {
      // There may be room again by the next time.
      if (this.#scratch === scratch) this.#scratch = undefined;
      throw error;
    }
  }
}
