// Copies the contents of files into the tar with synchronous calls: a file costs 13 µs this way and 60 with
// promises. A file that is not what the entry says any more ends the pack: half a file in a layer would
// look like a whole one.
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Digest } from "@tsbuild/oci";
import type { Content, SparseRegion } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import { encodeName } from "../name.ts";
import type { BlockWriter } from "./block-writer.ts";
import { ContentHash } from "./content-hash.ts";

// A path may have become a link to something secret, or a pipe that nobody writes to.
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const zeros = Buffer.alloc(64 * 1024);

/** What is known about a file whose bytes are wanted. */
export interface FileSource {
  readonly path: string;
  readonly size: number;
  readonly content: Content;
}

/** Writes files' contents; keeps the tars of layers open until `close`. */
export class ContentWriter {
  readonly #writer: BlockWriter;
  readonly #layerFile: (diffId: Digest) => string;
  readonly #openLayers = new Map<Digest, number>();
  #hash: ContentHash | undefined;

  /** `layerFile` gives the path of a layer's inflated tar; it is asked once for each layer. */
  constructor(writer: BlockWriter, layerFile: (diffId: Digest) => string) {
    this.#writer = writer;
    this.#layerFile = layerFile;
  }

  /** Writes exactly `file.size` bytes and gives their sha256, or throws a LayerError that names `file.path`. */
  writeHashed(file: FileSource): Uint8Array {
    this.#hash = new ContentHash();
    try {
      this.write(file);
      return this.#hash.digest();
    } finally {
      this.#hash = undefined;
    }
  }

  /** Writes exactly `file.size` bytes, or throws a LayerError that names `file.path`. */
  write(file: FileSource): void {
    const { content } = file;
    switch (content.kind) {
      case "disk":
        if (content.offset === undefined) this.#writeWhole(file, content.path);
        else this.#writeRange(file, content.path, content.offset);
        break;
      case "slice":
        this.#writeSlice(file, this.#openLayer(file, content.layer), content.offset, content.sparse);
        break;
      case "bytes":
        if (content.bytes.length !== file.size) throw wrongLength(file, content.bytes.length);
        this.#writer.put(content.bytes);
        this.#hash?.update(content.bytes, true);
        break;
    }
  }

  close(): void {
    for (const fd of this.#openLayers.values()) closeSync(fd);
    this.#openLayers.clear();
  }

  /** Asks for one byte more than there should be: shorter and longer files show without an fstat. */
  #writeWhole(file: FileSource, diskPath: string): void {
    const fd = openDisk(file, diskPath);
    try {
      let left = file.size;
      do {
        const got = this.#writer.fill(left, (block, at, length) => {
          const read = readFully(file, fd, block, at, length === left ? length + 1 : length, null);
          this.#hash?.update(block.subarray(at, at + Math.min(read, length)), length === file.size);
          return read;
        });
        if (got === 0 && left > 0) throw changed(file, "it is shorter than it was");
        if (got > left) throw changed(file, "it is longer than it was");
        left -= got;
      } while (left > 0);
    } finally {
      closeSync(fd);
    }
  }

  #writeRange(file: FileSource, diskPath: string, offset: number): void {
    const fd = openDisk(file, diskPath);
    try {
      this.#copy(file, fd, offset, file.size, () => changed(file, "it is shorter than it was"));
    } finally {
      closeSync(fd);
    }
  }

  #writeSlice(
    file: FileSource,
    fd: number,
    offset: number,
    sparse: readonly SparseRegion[] | undefined,
  ): void {
    const short = () => cannotRead("SLICE_UNREADABLE", file, "the tar that it is taken from is too short");
    if (sparse === undefined) return this.#copy(file, fd, offset, file.size, short);
    let at = 0;
    let from = offset;
    for (const region of sparse) {
      this.#putZeros(region.offset - at);
      this.#copy(file, fd, from, region.length, short);
      from += region.length;
      at = region.offset + region.length;
    }
    this.#putZeros(file.size - at);
  }

  #putZeros(length: number): void {
    this.#writer.putZeros(length);
    for (let left = length; left > 0; left -= zeros.length)
      this.#hash?.update(zeros.subarray(0, left), false);
  }

  #copy(file: FileSource, fd: number, offset: number, size: number, short: () => LayerError): void {
    for (let done = 0; done < size;) {
      const got = this.#writer.fill(size - done, (block, at, length) => {
        const read = readFully(file, fd, block, at, length, offset + done);
        this.#hash?.update(block.subarray(at, at + read), read === file.size);
        return read;
      });
      if (got === 0) throw short();
      done += got;
    }
  }

  #openLayer(file: FileSource, layer: Digest): number {
    const open = this.#openLayers.get(layer);
    if (open !== undefined) return open;
    const path = this.#layerFile(layer);
    try {
      const fd = openSync(path, constants.O_RDONLY);
      this.#openLayers.set(layer, fd);
      return fd;
    } catch (error) {
      throw cannotRead("SLICE_UNREADABLE", file, `the tar of ${layer} can't be opened`, error);
    }
  }
}

function openDisk(file: FileSource, path: string): number {
  try {
    return openSync(path.isWellFormed() ? path : encodeName(path), openFlags);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Reads until `length` bytes or the end of the file. */
function readFully(
  file: FileSource,
  fd: number,
  block: Buffer,
  at: number,
  length: number,
  position: number | null,
): number {
  let done = 0;
  try {
    while (done < length) {
      const got = readSync(fd, block, at + done, length - done, position === null ? null : position + done);
      if (got === 0) break;
      done += got;
      // One byte more was asked for than there should be: its absence is the end, no second call needed.
      if (position === null && done === length - 1) break;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return done;
}

function unreadable(file: FileSource, error: unknown): LayerError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ELOOP":
    case "EISDIR":
    case "ENXIO":
    case "EAGAIN":
      return changed(file, "it is not a regular file any more", error);
    case "ENOENT":
    case "ENOTDIR":
      return cannotRead("FILE_UNREADABLE", file, "it does not exist any more", error);
    case "EACCES":
    case "EPERM":
      return cannotRead("FILE_UNREADABLE", file, "permission denied; make it readable for this user", error);
    case "EMFILE":
    case "ENFILE":
      return cannotRead(
        "FILE_UNREADABLE",
        file,
        "too many open files; raise the limit with ulimit -n",
        error,
      );
    default:
      return cannotRead(
        "FILE_UNREADABLE",
        file,
        error instanceof Error ? error.message : String(error),
        error,
      );
  }
}

function changed(file: FileSource, reason: string, cause?: unknown): LayerError {
  const where = diskPath(file);
  const options = cause === undefined ? {} : { cause };
  return new LayerError(
    "FILE_CHANGED",
    `Cannot pack ${quote(where)}: ${reason}. Build again when nothing writes to it`,
    { ...options, facts: { path: where, reason } },
  );
}

function cannotRead(
  code: "FILE_UNREADABLE" | "SLICE_UNREADABLE",
  file: FileSource,
  reason: string,
  cause?: unknown,
): LayerError {
  const path = code === "FILE_UNREADABLE" ? diskPath(file) : file.path;
  const options = cause === undefined ? {} : { cause };
  return new LayerError(code, `Cannot pack ${quote(path)}: ${reason}`, {
    ...options,
    facts: { path, reason },
  });
}

function wrongLength(file: FileSource, length: number): LayerError {
  const reason = `the entry says ${file.size} bytes, its content has ${length}`;
  return new LayerError("ENTRY_INVALID", `Cannot pack ${quote(file.path)}: ${reason}`, {
    facts: { path: file.path, reason },
  });
}

function diskPath(file: FileSource): string {
  return file.content.kind === "disk" ? file.content.path : file.path;
}

function quote(path: string): string {
  return JSON.stringify(path);
}
