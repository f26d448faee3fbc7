// Entries → header blocks, byte for byte what Go's archive/tar writes: plain ustar whenever everything
// fits, else one PAX header in front with only the records that are needed, in sorted order.
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
import { Buffer } from "node:buffer";
import type { Attributes } from "../entry.ts";
import { encodeName } from "../name.ts";
import { encodePaxRecords } from "./pax-records.ts";
import type { PaxRecord } from "./pax-records.ts";
import { maxOctal, writeBase256, writeOctal } from "./tar-number.ts";

/** Bytes in a tar block: headers are blocks, and data is padded to whole blocks. */
export const TAR_BLOCK = 512;

/** What a header says; every Entry is one. */
export type TarHeaderFields = { path: string } & Attributes &
  (
    | { kind: "file"; size: number }
    | { kind: "directory" }
    | { kind: "symlink"; target: string }
    | { kind: "hardlink"; target: string }
    | { kind: "device"; type: "char" | "block"; major: number; minor: number }
    | { kind: "fifo" }
  );

const MAX_ID = maxOctal(8);
const MAX_SIZE = maxOctal(12);
const NAME_WIDTH = 100;
const PREFIX_WIDTH = 155;

/**
 * Writes the header of `entry` at `offset` and returns how many bytes that took: 512, or 1536 and more (a
 * multiple of 512) when a PAX header is needed. The data and its padding are the caller's to write.
 * Throws a RangeError when `out` has too little room (`headerRoom(entry)` is always enough).
 */
export function encodeHeader(entry: TarHeaderFields, out: Buffer, offset: number): number {
  const name = nameOf(entry);
  if (offset + TAR_BLOCK > out.length) throw noRoom();
  const split = isAscii(name) ? splitName(name) : -1;
  if (split >= 0 && fitsUstar(entry)) {
    writeUstar(entry, name, split, out, offset);
    return TAR_BLOCK;
  }
  const records = encodePaxRecords(paxRecords(entry, name, split));
  const padded = padToBlock(records.length);
  if (offset + 2 * TAR_BLOCK + padded > out.length) throw noRoom();
  writePaxHeader(name, records.length, out, offset);
  out.fill(0, offset + TAR_BLOCK, offset + TAR_BLOCK + padded);
  records.copy(out, offset + TAR_BLOCK);
  writeUstar(entry, name, split, out, offset + TAR_BLOCK + padded);
  return 2 * TAR_BLOCK + padded;
}

/** An upper bound of what `encodeHeader` writes for this entry; 512 only where it surely writes that. */
export function headerRoom(entry: TarHeaderFields): number {
  const path = entry.path.length;
  const target = "target" in entry ? entry.target.length : 0;
  // A UTF-16 unit is at most 3 bytes of UTF-8; 512 is more than all numeric records together.
  let records = 3 * (path + target) + 512;
  for (const [key, value] of entry.xattrs ?? []) records += 3 * key.length + value.length + 64;
  return 2 * TAR_BLOCK + padToBlock(records);
}

/** `length` rounded up to whole blocks. */
export function padToBlock(length: number): number {
  const over = length % TAR_BLOCK;
  return over === 0 ? length : length + TAR_BLOCK - over;
}

function nameOf(entry: TarHeaderFields): string {
  if (entry.kind !== "directory") return entry.path;
  return entry.path === "" ? "./" : `${entry.path}/`;
}

function fitsUstar(entry: TarHeaderFields): boolean {
  if (entry.uid > MAX_ID || entry.gid > MAX_ID || entry.mtimeNsec !== 0) return false;
  if (entry.mtimeSec < 0 || entry.mtimeSec > MAX_SIZE) return false;
  if (entry.xattrs !== undefined && entry.xattrs.size > 0) return false;
  if (entry.kind === "file") return entry.size <= MAX_SIZE;
  return !("target" in entry) || fitsLink(entry.target);
}

function fitsLink(target: string): boolean {
  return target.length <= NAME_WIDTH && isAscii(target);
}

/** A NUL counts as not ASCII, so that such a name reaches the check in `paxRecords`. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80 || unit === 0) return false;
  }
  return true;
}

/** Where to cut an ASCII name into prefix and name: 0 for no prefix, -1 when it does not fit (Go's rule). */
function splitName(name: string): number {
  if (name.length <= NAME_WIDTH) return 0;
  const from = Math.min(PREFIX_WIDTH, name.endsWith("/") ? name.length - 2 : name.length - 1);
  const slash = name.lastIndexOf("/", from);
  const rest = name.length - slash - 1;
  return slash <= 0 || rest > NAME_WIDTH || rest === 0 ? -1 : slash;
}

function paxRecords(entry: TarHeaderFields, name: string, split: number): PaxRecord[] {
  const records: PaxRecord[] = [];
  const add = (key: string, value: string | Uint8Array) =>
    records.push({ key, value: typeof value === "string" ? Buffer.from(value) : Buffer.from(value) });
  let binary = false;
  const addName = (key: string, text: string) => {
    if (text.includes("\0")) throw new TypeError(`Cannot encode tar header: ${key} has a NUL`);
    // GNU tar marks names that are no UTF-8 this way; Go and we don't need the mark.
    binary ||= !text.isWellFormed();
    add(key, encodeName(text));
  };
  if (split < 0) addName("path", name);
  if ("target" in entry && !fitsLink(entry.target)) addName("linkpath", entry.target);
  if (entry.kind === "file" && entry.size > MAX_SIZE) add("size", String(entry.size));
  if (entry.uid > MAX_ID) add("uid", String(entry.uid));
  if (entry.gid > MAX_ID) add("gid", String(entry.gid));
  if (entry.mtimeNsec !== 0 || entry.mtimeSec < 0 || entry.mtimeSec > MAX_SIZE) {
    add("mtime", formatTime(entry.mtimeSec, entry.mtimeNsec));
  }
  for (const [key, value] of entry.xattrs ?? []) add(`SCHILY.xattr.${key}`, value);
  records.sort((a, b) => (a.key < b.key ? -1 : 1));
  // Must come first: it says how to read the records that follow it.
  if (binary) records.unshift({ key: "hdrcharset", value: Buffer.from("BINARY") });
  return records;
}

/** Seconds with as many digits of the fraction as are needed, "-1.5" for sec -2 and nsec 5e8. */
function formatTime(sec: number, nsec: number): string {
  if (nsec === 0) return String(sec);
  const negative = sec < 0;
  const whole = negative ? -(sec + 1) : sec;
  const fraction = negative ? 1e9 - nsec : nsec;
  return `${negative ? "-" : ""}${whole}.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
}

function writePaxHeader(name: string, size: number, out: Buffer, offset: number): void {
  const trimmed = name.endsWith("/") ? name.slice(0, -1) : name;
  const slash = trimmed.lastIndexOf("/") + 1;
  const shown = toAscii(`${trimmed.slice(0, slash)}PaxHeaders.0/${trimmed.slice(slash)}`);
  out.fill(0, offset, offset + TAR_BLOCK);
  out.write(shown.slice(0, NAME_WIDTH).replace(/\/+$/, ""), offset, NAME_WIDTH, "latin1");
  writeNumbers(out, offset, 0, 0, 0, size, 0);
  writeTail(out, offset, 0x78 /* x */);
}

function toAscii(text: string): string {
  // oxlint-disable-next-line no-control-regex -- everything that is not ASCII
  return text.replace(/[^\x00-\x7f]/g, "");
}

function writeUstar(entry: TarHeaderFields, name: string, split: number, out: Buffer, offset: number): void {
  out.fill(0, offset, offset + TAR_BLOCK);
  if (split === 0) out.write(name, offset, NAME_WIDTH, "latin1");
  else if (split > 0) {
    out.write(name.slice(split + 1), offset, NAME_WIDTH, "latin1");
    out.write(name.slice(0, split), offset + 345, PREFIX_WIDTH, "latin1");
  } else out.write(toAscii(name).slice(0, NAME_WIDTH), offset, NAME_WIDTH, "latin1");
  const size = entry.kind === "file" && entry.size <= MAX_SIZE ? entry.size : 0;
  const mtime = entry.mtimeSec < 0 || entry.mtimeSec > MAX_SIZE ? 0 : entry.mtimeSec;
  const uid = entry.uid > MAX_ID ? 0 : entry.uid;
  const gid = entry.gid > MAX_ID ? 0 : entry.gid;
  writeNumbers(out, offset, entry.mode, uid, gid, size, mtime);
  if ("target" in entry) {
    out.write(toAscii(entry.target).slice(0, NAME_WIDTH), offset + 157, NAME_WIDTH, "latin1");
  }
  if (entry.kind === "device") {
    writeDeviceNumber(out, offset + 329, entry.major);
    writeDeviceNumber(out, offset + 337, entry.minor);
  } else {
    writeOctal(out, offset + 329, 8, 0);
    writeOctal(out, offset + 337, 8, 0);
  }
  writeTail(out, offset, typeFlag(entry));
}

function writeNumbers(
  out: Buffer,
  offset: number,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  mtime: number,
): void {
  writeOctal(out, offset + 100, 8, mode);
  writeOctal(out, offset + 108, 8, uid);
  writeOctal(out, offset + 116, 8, gid);
  writeOctal(out, offset + 124, 12, size);
  writeOctal(out, offset + 136, 12, mtime);
}

/** There is no PAX record for device numbers that Go or GNU tar would read. */
function writeDeviceNumber(out: Buffer, offset: number, value: number): void {
  if (value <= MAX_ID) writeOctal(out, offset, 8, value);
  else writeBase256(out, offset, 8, value);
}

const TYPE_FLAGS = { file: 0x30, hardlink: 0x31, symlink: 0x32, directory: 0x35, fifo: 0x36 } as const;

function typeFlag(entry: TarHeaderFields): number {
  if (entry.kind === "device") return entry.type === "char" ? 0x33 : 0x34;
  return TYPE_FLAGS[entry.kind];
}

function writeTail(out: Buffer, offset: number, flag: number): void {
  out[offset + 156] = flag;
  out.write("ustar\x0000", offset + 257, 8, "latin1");
  let sum = 8 * 0x20;
  for (let i = offset, end = offset + TAR_BLOCK; i < end; i++) sum += out[i]!;
  writeOctal(out, offset + 148, 7, sum);
  out[offset + 155] = 0x20;
}

function noRoom(): RangeError {
  return new RangeError("Cannot encode tar header: the buffer has no room left");
}
