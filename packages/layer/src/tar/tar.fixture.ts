// Archives for tests, honest and not: header blocks field by field, with a right checksum unless told.
import { Buffer } from "node:buffer";
import type { SparseRegion } from "../entry.ts";
import { encodePaxRecords } from "./pax-records.ts";
import { readTar } from "./read-tar.ts";
import { encodeHeader, headerRoom, padToBlock } from "./tar-header.ts";
import type { TarHeaderFields } from "./tar-header.ts";
import type { TarLimits } from "./tar-limits.ts";

/** Raw fields of a header block; text goes in as Latin-1. */
export interface RawFields {
  name?: string;
  mode?: string;
  uid?: string;
  gid?: string;
  size?: string | Buffer;
  mtime?: string;
  checksum?: number;
  type?: string;
  link?: string;
  magic?: string;
  major?: string;
  minor?: string;
  prefix?: string;
  /** Written last, at their offsets. */
  patches?: Record<number, string>;
}

/** A header block; ustar unless `magic` says otherwise. */
export function rawHeader(fields: RawFields): Buffer {
  const block = Buffer.alloc(512);
  const put = (offset: number, text: string | Buffer): void => {
    block.set(Buffer.isBuffer(text) ? text : Buffer.from(text, "latin1"), offset);
  };
  put(0, fields.name ?? "name");
  put(100, fields.mode ?? "0000644\0");
  put(108, fields.uid ?? "0000000\0");
  put(116, fields.gid ?? "0000000\0");
  put(124, fields.size ?? "00000000000\0");
  put(136, fields.mtime ?? "00000000000\0");
  put(156, fields.type ?? "0");
  put(157, fields.link ?? "");
  put(257, fields.magic ?? "ustar\x0000");
  put(329, fields.major ?? "");
  put(337, fields.minor ?? "");
  put(345, fields.prefix ?? "");
  for (const [offset, text] of Object.entries(fields.patches ?? {})) put(Number(offset), text);
  block.fill(0x20, 148, 156);
  const sum = fields.checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return block;
}

/** Digits of a number in octal. */
export function octal(value: number, width: number): string {
  return value.toString(8).padStart(width, "0");
}

/** Data filled up to whole blocks. */
export function padded(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([bytes, Buffer.alloc(padToBlock(bytes.length) - bytes.length)]);
}

/** A header with data behind it, the size filled in. */
export function member(fields: RawFields, data: string | Buffer = ""): Buffer {
  const size = `${octal(Buffer.byteLength(data), 11)}\0`;
  return Buffer.concat([rawHeader({ size, ...fields }), padded(data)]);
}

/** A PAX header with these records. */
export function pax(records: Record<string, string | Buffer>, type = "x"): Buffer {
  const body = encodePaxRecords(
    Object.entries(records).map(([key, value]) => ({ key, value: Buffer.from(value) })),
  );
  return member({ name: "PaxHeaders.0/x", type }, body);
}

/** The parts as an archive, with the two zero blocks. */
export function archive(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** An entry with its data, as the layer writer writes it. */
export function encodeEntry(entry: TarHeaderFields, data: string | Buffer = ""): Buffer {
  const out = Buffer.alloc(headerRoom(entry));
  return Buffer.concat([out.subarray(0, encodeHeader(entry, out, 0)), padded(data)]);
}

/** An entry that was read, with all its data. */
export interface ReadEntry {
  entry: TarHeaderFields;
  data: Buffer;
  dataOffset: number;
  packedSize: number;
  sparse?: readonly SparseRegion[];
}

/** Reads an archive that comes in chunks of `chunk` bytes. */
export async function readAllEntries(
  bytes: Buffer,
  options: { chunk?: number; limits?: TarLimits; skipData?: boolean } = {},
): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  const limits = options.limits === undefined ? {} : { limits: options.limits };
  for await (const item of readTar(chunks(bytes, options.chunk ?? 64 * 1024), limits)) {
    const pieces: Buffer[] = [];
    if (options.skipData !== true) for await (const piece of item.read()) pieces.push(Buffer.from(piece));
    const { read: _, ...rest } = { ...item, read: undefined };
    entries.push({ ...rest, data: Buffer.concat(pieces) });
  }
  return entries;
}

/** Bytes in chunks; each is overwritten once the next is asked for, as a reader may do. */
export async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0xee);
  }
}

/** Attributes that say nothing. */
export const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };
