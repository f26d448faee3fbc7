// An image archive opened for reading in place, also when someone piped it through gzip: then it is inflated
// once into a file that has no name any more, so nothing is left whatever happens to this process.
import type { Descriptor } from "@tsbuild/oci";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Bytes, CallOptions } from "./blob-store.ts";
import { blobNotFound, StoreError, storeFailure } from "./store-error.ts";
import { writeFully } from "./files.ts";
import type { TarMember } from "./tar-archive.ts";
import { indexTar, invalid } from "./tar-archive.ts";
import { verify } from "./verify.ts";

export interface ArchiveOptions {
  /** Where a compressed archive is inflated. Default: the system's temporary folder. */
  temporaryFolder?: string | undefined;
}

const readSize = 512 << 10;

/** @throws {StoreError} `ARCHIVE_INVALID`, `IO`, `NO_SPACE` */
export async function openArchiveFile(path: string, options: ArchiveOptions = {}): Promise<ArchiveFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    if (await isGzip(file)) {
      await file.close();
      file = await inflate(path, options.temporaryFolder ?? tmpdir());
    }
    return new ArchiveFile(path, file, await indexTar(file, path));
  } catch (error) {
    await file?.close().catch(() => {}); // the first error is the one to tell
    throw storeFailure(error, `open archive ${path}`, { path });
  }
}

/** The members of an archive by name. */
export class ArchiveFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #members: ReadonlyMap<string, TarMember>;

  constructor(path: string, file: FileHandle, members: ReadonlyMap<string, TarMember>) {
    this.path = path;
    this.#file = file;
    this.#members = members;
  }

  member(name: string): TarMember | undefined {
    return this.#members.get(name);
  }

  /** A small member, whole. */
  async readMember(name: string, limit: number): Promise<Buffer> {
    const member = this.#members.get(name);
    if (member === undefined) throw invalid(this.path, `it has no ${JSON.stringify(name)}`);
    if (member.size > limit)
      throw invalid(this.path, `its ${JSON.stringify(name)} has more than ${limit} bytes`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.bytes(member)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The verified bytes of a blob that is this member. */
  readBlob(blob: Descriptor, member: TarMember | undefined, options: CallOptions = {}): Bytes {
    if (member === undefined) return verify(failing(blobNotFound(blob.digest, `archive ${this.path}`)), blob);
    return verify(this.bytes(member, options.signal), blob);
  }

  async *bytes({ offset, size }: TarMember, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size;) {
      signal?.throwIfAborted();
      const want = Math.min(readSize, size - at);
      const { buffer, bytesRead } = await this.#file
        .read(Buffer.allocUnsafeSlow(want), 0, want, offset + at)
        .catch((error: unknown) => {
          throw storeFailure(error, `read archive ${this.path}`, { path: this.path });
        });
      if (bytesRead === 0) throw invalid(this.path, "it became shorter while it was read");
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function inflate(path: string, folder: string): Promise<FileHandle> {
  const temporary = join(folder, `tsbuild-archive-${randomBytes(8).toString("hex")}`);
  const inflated = await open(temporary, "wx+", 0o600);
  try {
    await rm(temporary);
    await pipeline(
      createReadStream(path, { highWaterMark: readSize }),
      createGunzip({ chunkSize: readSize }),
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) await writeFully(inflated, chunk);
      },
    );
    return inflated;
  } catch (error) {
    await inflated.close();
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw new StoreError(
        "ARCHIVE_INVALID",
        `Cannot read archive ${path}: its gzip data is damaged`,
        { path },
        { cause: error },
      );
    throw error;
  }
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield* [];
  throw error;
}
