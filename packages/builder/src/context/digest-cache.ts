// Remembers content digests between builds, so that files that have not changed need not be read again. A digest counts
// only for the same device, inode, size, mtime and ctime, and only if the file was at rest when it was read (git's rule
// for racy files). The file is a cache: whatever is wrong with it, it is as if it were not there.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { FileIdentities } from "./file-identities.ts";

const magic = Buffer.from("TSBDIG01");
const headerBytes = 64;
const digestBytes = 32;
const recordBytes = FileIdentities.bytesPerRow + digestBytes;
/** Tells a file of a machine with the other byte order. */
const byteOrderMark = 0x0102_0304;
/** 14,000,000 files: more than that is no cache of ours. */
const maximumBytes = 1024 * 1024 * 1024;

/** Files changed less than this before they were read are not remembered. */
export const racyNs = 2_000_000_000n;

/** A set of digests by identity. */
export interface DigestRecords {
  readonly count: number;
  readonly identities: FileIdentities;
  /** 32 bytes a record. */
  readonly digests: Uint8Array;
}

export class DigestCache {
  readonly #records: DigestRecords;
  /** Open addressing: record number + 1, or 0. */
  readonly #slots: Int32Array;

  constructor(records: DigestRecords) {
    this.#records = records;
    let size = 16;
    while (size < records.count * 2) size *= 2;
    this.#slots = new Int32Array(size);
    for (let record = 0; record < records.count; record++) {
      let slot = records.identities.hashOf(record) & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = record + 1;
    }
  }

  /** The 32 bytes of the digest of the file with this identity, if known. */
  find(identities: FileIdentities, row: number): Uint8Array | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = identities.hashOf(row) & mask; ; slot = (slot + 1) & mask) {
      const record = (this.#slots[slot] ?? 0) - 1;
      if (record < 0) return undefined;
      if (this.#records.identities.isSame(record, identities, row)) {
        return this.#records.digests.subarray(record * digestBytes, (record + 1) * digestBytes);
      }
    }
  }
}

/** Reads what `saveDigests` wrote; an empty cache when there is no such file or it is not sound. */
export function loadDigests(path: string | undefined): DigestCache {
  return new DigestCache((path === undefined ? undefined : readRecords(path)) ?? emptyRecords());
}

function emptyRecords(): DigestRecords {
  return { count: 0, identities: new FileIdentities(new ArrayBuffer(0)), digests: new Uint8Array(0) };
}

function readRecords(path: string): DigestRecords | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined || bytes.length < headerBytes || !bytes.subarray(0, 8).equals(magic))
    return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const count = header.getUint32(12, littleEndian);
  if (header.getUint32(8, littleEndian) !== byteOrderMark) return undefined;
  if (bytes.length !== headerBytes + count * recordBytes) return undefined;
  if (header.getUint32(16, littleEndian) !== crc32(bytes.subarray(headerBytes))) return undefined;
  const identityBytes = count * FileIdentities.bytesPerRow;
  return {
    count,
    identities: new FileIdentities(bytes.buffer, bytes.byteOffset + headerBytes, count),
    digests: bytes.subarray(headerBytes + identityBytes),
  };
}

/** All bytes of a file at an offset that 64-bit values can be read from. */
function readBytes(path: string): Buffer | undefined {
  try {
    const file = openSync(path, "r");
    try {
      if (fstatSync(file).size > maximumBytes) return undefined;
      const bytes = readFileSync(file);
      return bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Writes the records in place of the file's contents, in one step. Gives false when that was not possible. */
export function saveDigests(path: string, records: DigestRecords): boolean {
  const { count } = records;
  const bytes = Buffer.alloc(headerBytes + count * recordBytes);
  const identities = new FileIdentities(bytes.buffer, bytes.byteOffset + headerBytes, count);
  for (let record = 0; record < count; record++) identities.copyRow(record, records.identities, record);
  bytes.set(
    records.digests.subarray(0, count * digestBytes),
    headerBytes + count * FileIdentities.bytesPerRow,
  );
  bytes.set(magic);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, headerBytes / 4);
  words[2] = byteOrderMark;
  words[3] = count;
  words[4] = crc32(bytes.subarray(headerBytes));
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(temporary, bytes);
    renameSync(temporary, path);
    return true;
  } catch {
    removeIfThere(temporary);
    return false;
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path);
  } catch {
    // It was never made.
  }
}

function writeWhole(path: string, bytes: Buffer): void {
  const file = openSync(path, "wx", 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}
