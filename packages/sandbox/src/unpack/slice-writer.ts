// Writes files from the bytes of a tar as they come by: each chunk is cut at the files' ends and written from where it
// is, with synchronous calls (an asynchronous call a file would cost several times the write).
import { closeSync } from "node:fs";
import type { SparseRegion } from "@tsbuild/layer";
import { createFile, finishFile, writeAll } from "./make-file.ts";
import type { FileEntry } from "./make-file.ts";
import type { SortedSlices } from "./slice-list.ts";
import { cannotUnpack, unpackFailure } from "./unpack-failure.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** About a millisecond's work: meanwhile nobody gives the thread that decompresses its next task. */
const filesAtOnce = 24;

export class SliceWriter {
  readonly #work: UnpackWork;
  readonly #slices: SortedSlices;
  /** The file that is next, or open. */
  #next = 0;
  #entry: FileEntry | undefined;
  #fd = -1;
  /** Bytes of the open file that are written. */
  #done = 0;
  /** The region of a sparse file that is being written, and how much of it is. */
  #region = 0;
  #regionDone = 0;

  constructor(work: UnpackWork, slices: SortedSlices) {
    this.#work = work;
    this.#slices = slices;
  }

  /** Where in the tar the next byte is that is wanted; undefined when all are written. */
  get wanted(): number | undefined {
    const offset = this.#slices.offsets[this.#next];
    return offset === undefined ? undefined : offset + this.#done;
  }

  /** The path of the file that is wanted next. */
  get wantedPath(): string {
    return this.#work.table.pathAt(this.#slices.rows[this.#next]!);
  }

  /**
   * Writes what is wanted of a chunk that starts at `base` in the tar, or only a part of that: to be called until
   * `wanted` is not in the chunk any more. Returns how many bytes were written.
   */
  feed(base: number, chunk: Uint8Array): number {
    const end = base + chunk.length;
    let written = 0;
    let files = 0;
    try {
      for (let at = this.wanted; at !== undefined && at < end && files < filesAtOnce; at = this.wanted) {
        files++;
        if (at < base) throw this.#overlap();
        written += this.#writeNext(chunk, at - base);
      }
    } catch (error) {
      throw unpackFailure(error, this.wantedPath);
    }
    return written;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #writeNext(chunk: Uint8Array, start: number): number {
    const row = this.#slices.rows[this.#next]!;
    const entry = (this.#entry ??= this.#open(row));
    const length = Math.min(this.#slices.lengths[this.#next]! - this.#done, chunk.length - start);
    const sparse = entry.content.kind === "slice" ? entry.content.sparse : undefined;
    if (sparse === undefined) writeAll(this.#fd, chunk, start, length, null);
    else this.#writeRegions(sparse, chunk, start, length);
    this.#done += length;
    if (this.#done < this.#slices.lengths[this.#next]!) return length;
    finishFile(this.#work, row, entry, this.#fd);
    this.close();
    this.#entry = undefined;
    const passed = this.#slices.offsets[this.#next]! + this.#done;
    this.#next++;
    this.#done = 0;
    // An honest index never says this, and half of such files would be wrong.
    if (this.wanted !== undefined && this.wanted < passed) throw this.#overlap();
    return length;
  }

  #open(row: number): FileEntry {
    const entry = this.#work.entryAt(row);
    if (entry.kind !== "file") throw new TypeError(`Row ${row} is no file`);
    this.#fd = createFile(this.#work, entry);
    this.#region = 0;
    this.#regionDone = 0;
    return entry;
  }

  #writeRegions(regions: readonly SparseRegion[], chunk: Uint8Array, start: number, length: number): void {
    for (let done = 0; done < length;) {
      const region = regions[this.#region]!;
      const part = Math.min(region.length - this.#regionDone, length - done);
      writeAll(this.#fd, chunk, start + done, part, region.offset + this.#regionDone);
      done += part;
      this.#regionDone += part;
      if (this.#regionDone < region.length) continue;
      this.#region++;
      this.#regionDone = 0;
    }
  }

  #overlap(): Error {
    return cannotUnpack(
      this.wantedPath,
      "the index does not fit its layer: its bytes are another file's too",
    );
  }
}
