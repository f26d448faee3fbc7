// An OCI layout as a folder: blobs by digest, and an index.json that names the images.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import type { Descriptor, Digest, Index } from "@tsbuild/oci";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { blobFileSize, readBlobFile, writeBlobFile } from "./blob-file.ts";
import type {
  BlobStore,
  Bytes,
  CallOptions,
  TagReader,
  TagWriter,
  WriteOptions,
  WrittenBlob,
} from "./blob-store.ts";
import { fileCalls, makeFolder, replaceFile } from "./files.ts";
import { findNamed, identity, nameOf, withName, withoutName } from "./image-names.ts";
import {
  blobName,
  checkLayoutFile,
  decodeIndex,
  encodeIndex,
  indexFile,
  layoutFile,
  layoutFileContent,
} from "./layout-index.ts";
import { processIdentity, processState } from "./process-identity.ts";
import { StoreError, storeFailure, systemCode } from "./store-error.ts";

const temporaryPrefix = ".tsbuild-";

/**
 * Opens the OCI layout in this folder; with `create`, makes it when the folder is empty or not there.
 *
 * @throws {StoreError} `LAYOUT_INVALID`, `IO`
 */
export async function openOciLayout(folder: string, options: { create?: boolean } = {}): Promise<OciLayout> {
  const path = resolve(folder);
  const layout = new OciLayout(path);
  try {
    const marker = await readFile(join(path, layoutFile)).catch(missing);
    if (marker !== undefined) {
      checkLayoutFile(marker, path);
      if (options.create === true) await sweep(path);
    } else if (options.create === true) await create(path);
    else
      throw new StoreError("LAYOUT_INVALID", `Cannot open OCI layout ${path}: it has no ${layoutFile}`, {
        path,
      });
    await layout.roots();
    return layout;
  } catch (error) {
    throw storeFailure(error, `open OCI layout ${path}`, { path });
  }
}

/**
 * Made by {@link openOciLayout}. Blobs may be written by several processes at once; names only through one
 * instance at a time, for they share one file.
 */
export class OciLayout implements BlobStore, TagReader, TagWriter {
  readonly path: string;
  #tagging: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  blobPath(digest: Digest): string {
    return join(this.path, blobName(digest));
  }

  async has(blob: Descriptor): Promise<boolean> {
    return (await blobFileSize(this.blobPath(blob.digest))) === blob.size;
  }

  read(blob: Descriptor, options: CallOptions = {}): Bytes {
    return readBlobFile(this.blobPath(blob.digest), blob, { ...options, place: `OCI layout ${this.path}` });
  }

  async write(bytes: Bytes, options: WriteOptions = {}): Promise<WrittenBlob> {
    return writeBlobFile(bytes, {
      ...options,
      temporary: this.#temporaryPath(),
      place: async (digest) => {
        const path = this.blobPath(digest);
        await mkdir(dirname(path), { recursive: true });
        return path;
      },
    });
  }

  /** What index.json lists, with its annotations. */
  async roots(): Promise<Descriptor[]> {
    return (await this.#readIndex()).manifests;
  }

  async resolve(name: string): Promise<Descriptor | undefined> {
    const found = findNamed(await this.roots(), name);
    return found && withoutName(found);
  }

  async tag(name: string, target: Descriptor): Promise<void> {
    const tagging = this.#tagging.then(() => this.#tagNow(name, target));
    this.#tagging = tagging.catch(() => {});
    await tagging;
  }

  async #tagNow(name: string, target: Descriptor): Promise<void> {
    const index = await this.#readIndex();
    const named = withName(target, name);
    const others = index.manifests.filter((d) => {
      const other = nameOf(d);
      // An entry without a name gives way to the same manifest with one.
      return other === undefined ? d.digest !== target.digest : identity(other) !== identity(name);
    });
    await this.#replace(indexFile, encodeIndex([...others, named]));
  }

  async #readIndex(): Promise<Index> {
    return decodeIndex(await readFile(join(this.path, indexFile)), this.path);
  }

  async #replace(file: string, content: Uint8Array): Promise<void> {
    try {
      await replaceFile(join(this.path, file), this.#temporaryPath(), content, fileCalls);
    } catch (error) {
      throw storeFailure(error, `write OCI layout ${this.path}`, { path: this.path });
    }
  }

  #temporaryPath(): string {
    return join(this.path, temporaryName());
  }
}

async function create(path: string): Promise<void> {
  await makeFolder(path);
  const strangers = (await readdir(path)).filter(
    (name) => name !== "blobs" && !name.startsWith(temporaryPrefix),
  );
  if (strangers.length > 0)
    throw new StoreError("LAYOUT_INVALID", `Cannot make OCI layout ${path}: the folder is not empty`, {
      path,
    });
  await mkdir(join(path, "blobs", "sha256"), { recursive: true });
  await replaceFile(join(path, indexFile), join(path, temporaryName()), encodeIndex([]));
  await replaceFile(join(path, layoutFile), join(path, temporaryName()), layoutFileContent);
}

/** Removes the unfinished files of killed processes. */
async function sweep(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.startsWith(temporaryPrefix)) continue;
    const owner = name.slice(temporaryPrefix.length).split(".")[0] ?? "";
    if (processState(owner) === "ended") await rm(join(path, name), { force: true });
  }
}

function temporaryName(): string {
  return `${temporaryPrefix}${processIdentity()}.${randomBytes(6).toString("hex")}`;
}

function missing(error: unknown): undefined {
  if (systemCode(error) !== "ENOENT") throw error;
}
