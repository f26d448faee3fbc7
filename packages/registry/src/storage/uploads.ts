// Uploads that are under way: bytes go to a file, and are hashed as they come, so that ending one costs
// nothing. An upload does not survive a restart of the registry; the client begins anew.
import { createHash, randomUUID, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { digestAlgorithm, digestHex, type Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import { ProtocolError } from "../protocol-error.ts";

/** Writes are gathered to this size: a socket's chunks are small. */
const writeBytes = 1024 * 1024;

interface Upload {
  readonly repository: string;
  readonly path: string;
  readonly file: FileHandle;
  readonly hash: Hash;
  size: number;
  /** Set while a request appends: a second one at the same time would mix bytes. */
  isBusy: boolean;
}

export class Uploads {
  readonly #folder: string;
  readonly #uploads = new Map<string, Upload>();

  /** @param folder empty or left over from an earlier run */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Sweeps what an earlier run left. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const name of await readdir(this.#folder)) await rm(join(this.#folder, name), { force: true });
  }

  async start(repository: string): Promise<string> {
    const id = randomUUID();
    const path = join(this.#folder, id);
    const file = await open(path, "wx");
    this.#uploads.set(id, { repository, path, file, hash: createHash("sha256"), size: 0, isBusy: false });
    return id;
  }

  /** Bytes received so far. */
  size(repository: string, id: string): number {
    return this.#find(repository, id).size;
  }

  /**
   * Appends what arrives, also when the connection then breaks: the client may ask how far it came.
   *
   * @param offset where the client believes to be; refused with 416 when that is not the end
   * @returns the size after
   */
  async append(repository: string, id: string, bytes: Bytes, offset?: number): Promise<number> {
    const upload = this.#find(repository, id);
    if (upload.isBusy)
      throw new ProtocolError(400, "BLOB_UPLOAD_INVALID", "another request is writing to this upload");
    if (offset !== undefined && offset !== upload.size) {
      throw new ProtocolError(416, "RANGE_INVALID", `the upload is at byte ${upload.size}`);
    }
    upload.isBusy = true;
    try {
      await receive(upload, bytes);
    } finally {
      upload.isBusy = false;
    }
    return upload.size;
  }

  /**
   * Ends an upload with the digest that it must have. The file is the caller's after.
   *
   * @throws ProtocolError `DIGEST_INVALID`; the upload is gone then
   */
  async finish(repository: string, id: string, digest: Digest): Promise<{ path: string; size: number }> {
    const upload = this.#find(repository, id);
    this.#uploads.delete(id);
    await upload.file.close();
    const hex =
      digestAlgorithm(digest) === "sha256" ? upload.hash.digest("hex") : await hashFile(upload.path, digest);
    if (hex === digestHex(digest)) return { path: upload.path, size: upload.size };
    await rm(upload.path, { force: true });
    throw new ProtocolError(400, "DIGEST_INVALID", `the bytes received have another digest than ${digest}`);
  }

  async cancel(repository: string, id: string): Promise<void> {
    const upload = this.#find(repository, id);
    this.#uploads.delete(id);
    await upload.file.close();
    await rm(upload.path, { force: true });
  }

  /** Forgets all uploads. */
  async close(): Promise<void> {
    for (const { file, path } of this.#uploads.values()) {
      await file.close().catch(() => {}); // what is thrown away cannot fail
      await rm(path, { force: true });
    }
    this.#uploads.clear();
  }

  #find(repository: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload !== undefined && upload.repository === repository) return upload;
    throw new ProtocolError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  }
}

async function receive(upload: Upload, bytes: Bytes): Promise<void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    const gathered = parts;
    parts = [];
    length = 0;
    for (const part of gathered) upload.hash.update(part);
    await writeAll(upload.file, gathered);
    for (const part of gathered) upload.size += part.length;
  };
  try {
    for await (const part of bytes) {
      parts.push(part);
      length += part.length;
      if (length >= writeBytes) await flush();
    }
  } finally {
    await flush();
  }
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total === 0) return;
  const { bytesWritten } = await file.writev(parts);
  if (bytesWritten === total) return;
  // A short write of many buffers: the rest in one piece.
  await file.writeFile(Buffer.concat(parts).subarray(bytesWritten));
}

async function hashFile(path: string, digest: Digest): Promise<string> {
  const hash = createHash(digestAlgorithm(digest));
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
