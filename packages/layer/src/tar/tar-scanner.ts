// The tar parser, without input or output: it is fed chunks and gives members. It reads headers only; data
// is skipped by arithmetic, or handed out in pieces of the chunks. Nothing in it waits, so that reading a
// layer's index costs no asynchronous call per entry.
import { Buffer } from "node:buffer";
import { ChunkCursor, cutShort } from "./chunk-cursor.ts";
import type { Wait } from "./chunk-cursor.ts";
import { isZeroBlock, parseHeaderBlock } from "./header-block.ts";
import type { HeaderBlock } from "./header-block.ts";
import { parsePaxRecords } from "./pax-records.ts";
import type { PaxRecord } from "./pax-records.ts";
import { checkGlobalRecords, readPaxValues } from "./pax-values.ts";
import { readOldSparse, readOldSparseSize, SparseMapText, sparseRegions } from "./sparse-map.ts";
import { tarCorrupt, tarLimit } from "./tar-fault.ts";
import { padToBlock, TAR_BLOCK } from "./tar-header.ts";
import { completeTarLimits } from "./tar-limits.ts";
import type { TarLimits } from "./tar-limits.ts";
import { dataSize, isFileType, memberEntry, TYPE } from "./tar-member.ts";
import type { HeaderExtras, TarMember } from "./tar-member.ts";

const PAX_LOCAL = 0x78;
const PAX_GLOBAL = 0x67;
const GNU_LONG_NAME = 0x4c;
const GNU_LONG_LINK = 0x4b;

/** The generator inside asks for more input this way. */
type Step = Generator<TarMember | undefined, void, void>;

/**
 * Reads one archive. Loop: `next()` until it gives undefined, then `feed()` the next chunk, or `end()` when
 * there is none, and so on until `done`. Throws LayerError TAR_CORRUPT, TAR_LIMIT or PATH_ESCAPES; after that
 * it is of no use.
 */
export class TarScanner {
  readonly #limits: Required<TarLimits>;
  readonly #steps: Step;
  readonly #input = new ChunkCursor();
  #done = false;
  #dataLeft = 0;
  #padding = 0;
  #entries = 0;
  #sparseBytes = 0;
  #global: PaxRecord[] = [];

  constructor(limits?: TarLimits) {
    this.#limits = completeTarLimits(limits);
    this.#steps = this.#run();
  }

  /** Whether the archive is over: its end was seen and no input is left. */
  get done(): boolean {
    return this.#done;
  }

  /** Bytes of the current member's data that were not read yet. */
  get dataLeft(): number {
    return this.#dataLeft;
  }

  /** Gives the next chunk, which must not change until the one after it. The one before must be used up. */
  feed(chunk: Uint8Array): void {
    const limit = this.#limits.tarBytes;
    if (this.#input.position + chunk.length > limit) throw tarLimit("the bytes of the archive are", limit);
    this.#input.feed(chunk);
  }

  /** Says that there is no more input. */
  end(): void {
    this.#input.end();
  }

  /** The next member, after skipping what is left of the one before; undefined when input is needed. */
  next(): TarMember | undefined {
    const step = this.#steps.next();
    if (step.done === true) {
      this.#done = true;
      return undefined;
    }
    return step.value;
  }

  /** At most `limit` bytes of the current member's data; undefined when input is needed or nothing is left. */
  readData(limit: number): Buffer | undefined {
    const piece = this.#input.read(Math.min(limit, this.#dataLeft));
    if (piece.length === 0 && this.#dataLeft > 0 && this.#input.ended) throw cutShort();
    this.#dataLeft -= piece.length;
    return piece.length === 0 ? undefined : piece;
  }

  *#run(): Step {
    for (;;) {
      const member = yield* this.#readMember();
      if (member === undefined) break;
      this.#dataLeft = member.packedSize;
      this.#padding = padToBlock(member.packedSize) - member.packedSize;
      yield member;
      yield* this.#input.skip(this.#dataLeft);
      this.#dataLeft = 0;
      // An archive cut off within its last padding is whole enough for every reader.
      yield* this.#input.skip(this.#padding, true);
    }
    // What follows the end is not looked at, but it is part of the archive's bytes.
    for (;;) {
      this.#input.read(Number.MAX_SAFE_INTEGER);
      if (this.#input.ended) return;
      yield undefined;
    }
  }

  /** Reads headers up to and including that of a member; undefined at the end of the archive. */
  *#readMember(): Wait<TarMember | undefined> {
    let local: PaxRecord[] | undefined;
    let longName: Buffer | undefined;
    let longLink: Buffer | undefined;
    for (;;) {
      const bytes = yield* this.#input.takeOrEnd(TAR_BLOCK);
      if (bytes === undefined || isZeroBlock(bytes)) {
        if (local !== undefined || longName !== undefined || longLink !== undefined) {
          throw tarCorrupt("it ends after an extended header");
        }
        if (bytes !== undefined) yield* this.#checkEnd();
        return undefined;
      }
      const block = parseHeaderBlock(bytes);
      switch (block.type) {
        case PAX_LOCAL:
          if (local !== undefined) throw tarCorrupt("an entry has two PAX headers");
          local = parsePaxRecords(yield* this.#readBody(block));
          break;
        case PAX_GLOBAL: {
          const records = parsePaxRecords(yield* this.#readBody(block));
          checkGlobalRecords(records);
          this.#addGlobal(records);
          break;
        }
        case GNU_LONG_NAME:
          if (longName !== undefined) throw tarCorrupt("an entry has two long names");
          longName = yield* this.#readName(block);
          break;
        case GNU_LONG_LINK:
          if (longLink !== undefined) throw tarCorrupt("an entry has two long link targets");
          longLink = yield* this.#readName(block);
          break;
        default:
          if (++this.#entries > this.#limits.entries) {
            throw tarLimit("the entries are", this.#limits.entries);
          }
          return yield* this.#finishMember(block, bytes, {
            pax: readPaxValues(this.#global, local ?? []),
            ...(longName === undefined ? {} : { longName }),
            ...(longLink === undefined ? {} : { longLink }),
          });
      }
    }
  }

  *#finishMember(block: HeaderBlock, bytes: Buffer, extras: HeaderExtras): Wait<TarMember> {
    const size = dataSize(block, extras);
    if (block.type !== TYPE.oldSparse && extras.pax.sparse === undefined) {
      const entry = memberEntry(block, extras, size, this.#limits.depth);
      return { entry, dataOffset: this.#input.position, packedSize: size };
    }
    if (!isFileType(block.type)) throw tarCorrupt("an entry that is no file is sparse");
    const map = yield* this.#readSparseMap(block, bytes, extras, size);
    // What a sparse file unfolds to counts like bytes that are there: a kilobyte can claim an exabyte.
    this.#sparseBytes += map.realSize;
    const limit = this.#limits.tarBytes;
    if (this.#sparseBytes > limit) throw tarLimit("the bytes of its sparse files are", limit);
    const packedSize = size - map.mapBytes;
    const entry = memberEntry(block, extras, map.realSize, this.#limits.depth);
    const sparse = sparseRegions(map.numbers, map.realSize, packedSize);
    return { entry, dataOffset: this.#input.position, packedSize, sparse };
  }

  *#readSparseMap(
    block: HeaderBlock,
    bytes: Buffer,
    { pax }: HeaderExtras,
    size: number,
  ): Wait<{ numbers: number[]; realSize: number; mapBytes: number }> {
    if (block.type === TYPE.oldSparse) {
      if (pax.sparse !== undefined) throw tarCorrupt("a sparse file has two maps");
      return yield* this.#readOldSparseMap(bytes);
    }
    const { inData, realSize, numbers } = pax.sparse!;
    if (!inData) return { numbers: [...numbers], realSize, mapBytes: 0 };
    const text = new SparseMapText();
    let mapBytes = 0;
    for (let complete = false; !complete;) {
      mapBytes += TAR_BLOCK;
      this.#checkHeaderBytes(mapBytes);
      if (mapBytes > size) throw tarCorrupt("a sparse map is longer than its file's data");
      complete = text.add(yield* this.#input.take(TAR_BLOCK));
    }
    return { numbers: text.numbers, realSize, mapBytes };
  }

  *#readOldSparseMap(first: Buffer): Wait<{ numbers: number[]; realSize: number; mapBytes: number }> {
    const numbers = readOldSparse(first, 386, 4);
    const realSize = readOldSparseSize(first);
    let more = first[482] !== 0;
    for (let mapBytes = TAR_BLOCK; more; mapBytes += TAR_BLOCK) {
      this.#checkHeaderBytes(mapBytes);
      const block = yield* this.#input.take(TAR_BLOCK);
      numbers.push(...readOldSparse(block, 0, 21));
      more = block[504] !== 0;
    }
    return { numbers, realSize, mapBytes: 0 };
  }

  /** The second of the two zero blocks: it may be missing, but nothing else may stand there. */
  *#checkEnd(): Wait<void> {
    const block = yield* this.#input.takeOrEnd(TAR_BLOCK);
    if (block !== undefined && !isZeroBlock(block)) throw tarCorrupt("a zero block stands between entries");
  }

  /** The body of a header that extends others, by that header's own size: PAX never applies to it. */
  *#readBody(block: HeaderBlock): Wait<Buffer> {
    return (yield* this.#readPaddedBody(block)).subarray(0, block.size);
  }

  /** A long name: Go takes as much as the header's size says, GNU tar all up to a NUL. */
  *#readName(block: HeaderBlock): Wait<Buffer> {
    const body = yield* this.#readPaddedBody(block);
    const end = body.indexOf(0);
    if (end >= 0 && end <= block.size) return body.subarray(0, end);
    if (end < 0 && body.length === block.size) return body;
    throw tarCorrupt("a long name goes beyond its end");
  }

  *#readPaddedBody(block: HeaderBlock): Wait<Buffer> {
    if (block.size < 0) throw tarCorrupt(`a size is ${block.size}`);
    this.#checkHeaderBytes(block.size);
    // A copy, since the chunk is gone when the entry is put together.
    return Buffer.from(yield* this.#input.take(padToBlock(block.size)));
  }

  #addGlobal(records: readonly PaxRecord[]): void {
    const all = new Map([...this.#global, ...records].map((record) => [record.key, record]));
    let bytes = 0;
    for (const { key, value } of all.values()) bytes += key.length + value.length;
    this.#checkHeaderBytes(bytes);
    this.#global = [...all.values()].filter(({ value }) => value.length > 0);
  }

  #checkHeaderBytes(bytes: number): void {
    const limit = this.#limits.headerBytes;
    if (bytes > limit) throw tarLimit("the bytes of an extended header are", limit);
  }
}
