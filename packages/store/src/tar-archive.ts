// A tar file of an image, read in place: one pass over the headers, then each blob by its offset. It knows
// what docker, buildah, skopeo and GNU tar write: ustar, PAX path, linkpath and size, GNU long names.
// Layers' tars, where every detail counts, are another package's.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
import type { FileHandle } from "node:fs/promises";
import { StoreError } from "./store-error.ts";

/** Where a member's bytes are in the file. */
export interface TarMember {
  offset: number;
  size: number;
}

const block = 512;
const mostMembers = 1_000_000;
const longestName = 1 << 20;

interface Header {
  name: string;
  link: string;
  size: number;
  type: string;
}

/** What the next header is overridden with. */
type Overrides = Partial<Omit<Header, "type">>;

/**
 * The regular files of an archive by path, symbolic and hard links inside it followed. Of two members of one
 * path the later counts, as when it is unpacked.
 *
 * @throws {StoreError} `ARCHIVE_INVALID`
 */
export async function indexTar(file: FileHandle, path: string): Promise<Map<string, TarMember>> {
  const { size: fileSize } = await file.stat();
  const members = new Map<string, TarMember>();
  const links = new Map<string, string>();
  const read = async (offset: number, size: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
    if (bytesRead < size) throw invalid(path, "it is cut short");
    return buffer;
  };

  let overrides: Overrides = {};
  let count = 0;
  for (let offset = 0; offset + block <= fileSize;) {
    const bytes = await read(offset, block);
    if (bytes.every((byte) => byte === 0)) break;
    const header: Header = { ...decodeHeader(bytes, path), ...overrides };
    offset += block;
    if (offset + header.size > fileSize)
      throw invalid(path, `its member ${JSON.stringify(header.name)} is cut short`);
    if (++count > mostMembers) throw invalid(path, `it has more than ${mostMembers} members`);

    if ("xLKg".includes(header.type)) {
      if (header.size > longestName) throw invalid(path, "it has a header that is too long");
      if (header.type !== "g")
        overrides = { ...overrides, ...decodeExtra(header.type, await read(offset, header.size)) };
    } else {
      const name = tidy(header.name);
      members.delete(name);
      links.delete(name);
      if (header.type === "0" || header.type === "7") members.set(name, { offset, size: header.size });
      else if (header.type === "1") links.set(name, tidy(header.link));
      else if (header.type === "2") links.set(name, besides(name, header.link));
      overrides = {};
    }
    offset += Math.ceil(header.size / block) * block;
  }
  if (count === 0) throw invalid(path, "it is not a tar archive");
  followLinks(members, links);
  return members;
}

export function invalid(path: string, reason: string, cause?: unknown): StoreError {
  return new StoreError("ARCHIVE_INVALID", `Cannot read archive ${path}: ${reason}`, { path }, { cause });
}

function decodeHeader(bytes: Buffer, path: string): Header {
  const text = (from: number, length: number) => {
    const field = bytes.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString("utf8", 0, end < 0 ? length : end);
  };
  const sum = bytes.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (sum !== parseInt(text(148, 8).trim(), 8))
    throw invalid(path, "a header's checksum is wrong, or it is no tar");
  const prefix = text(257, 6) === "ustar" ? text(345, 155) : "";
  const name = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const flag = text(156, 1);
  const type = flag === "" ? "0" : flag;
  const size = decodeSize(bytes.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0)
    throw invalid(path, `the size of ${JSON.stringify(name)} is no number`);
  // Links and folders may carry the size of what they stand for, and have no bytes.
  return { name, link: text(157, 100), size: "123456".includes(type) ? 0 : size, type };
}

function decodeSize(field: Buffer): number {
  if (field[0] === 0x80) return Number(BigInt(`0x${field.toString("hex", 1)}`)); // GNU's binary form
  const text = field
    .toString("latin1")
    .replace(/[\0 ]+$/, "")
    .trim();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : Number.NaN;
}

function decodeExtra(type: string, bytes: Buffer): Overrides {
  if (type === "L") return { name: untilZero(bytes) };
  if (type === "K") return { link: untilZero(bytes) };
  const overrides: Overrides = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("latin1", at, Math.max(space, at)));
    if (space < 0 || !Number.isInteger(length) || length < 5 || at + length > bytes.length) break;
    const record = bytes.toString("utf8", space + 1, at + length - 1);
    const [key, value] = [record.slice(0, record.indexOf("=")), record.slice(record.indexOf("=") + 1)];
    if (key === "path") overrides.name = value;
    else if (key === "linkpath") overrides.link = value;
    else if (key === "size" && /^\d{1,15}$/.test(value)) overrides.size = Number(value);
    at += length;
  }
  return overrides;
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

/** `./a//b/../c` and `/a/c` are `a/c`. These are keys of a map, never paths on a disk. */
function tidy(name: string): string {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function besides(name: string, target: string): string {
  return tidy(target.startsWith("/") ? target : `${name}/../${target}`);
}

function followLinks(members: Map<string, TarMember>, links: Map<string, string>): void {
  for (const name of links.keys()) {
    let target: string | undefined = name;
    for (let hops = 0; target !== undefined && links.has(target) && hops < 40; hops++)
      target = links.get(target);
    const member = target === undefined ? undefined : members.get(target);
    if (member !== undefined) members.set(name, member);
  }
}
