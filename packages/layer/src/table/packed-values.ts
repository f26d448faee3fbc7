// The values of a row that have no column (mode and owner, extended attributes, sparse maps), packed into
// byte strings that live in the name pool: equal ones are stored once, and most are equal.
import { Buffer } from "node:buffer";
import type { Attributes, SparseRegion } from "../entry.ts";
import { decodeName, encodeName } from "../name.ts";

const FIXED_BYTES = 10;

/** What most entries of a layer share. */
export type SharedAttributes = Pick<Attributes, "mode" | "uid" | "gid" | "xattrs">;

/** Packs mode, owner and extended attributes, sorted by name. */
export function packAttributes({ mode, uid, gid, xattrs }: SharedAttributes): Buffer {
  const fixed = Buffer.allocUnsafe(FIXED_BYTES);
  fixed.writeUInt16LE(mode, 0);
  fixed.writeUInt32LE(uid, 2);
  fixed.writeUInt32LE(gid, 6);
  if (xattrs === undefined || xattrs.size === 0) return fixed;
  const parts: Uint8Array[] = [fixed];
  for (const key of [...xattrs.keys()].sort()) {
    const value = xattrs.get(key)!;
    const name = encodeName(key);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(name.length, 0);
    lengths.writeUInt32LE(value.length, 4);
    parts.push(lengths, name, value);
  }
  return Buffer.concat(parts);
}

/** Unpacks attributes; undefined when the bytes are not from `packAttributes`. */
export function unpackAttributes(packed: Buffer): SharedAttributes | undefined {
  if (packed.length < FIXED_BYTES || packed.readUInt16LE(0) > 0o7777) return undefined;
  const fixed = { mode: packed.readUInt16LE(0), uid: packed.readUInt32LE(2), gid: packed.readUInt32LE(6) };
  if (packed.length === FIXED_BYTES) return fixed;
  const xattrs = new Map<string, Uint8Array>();
  for (let at = FIXED_BYTES; at < packed.length;) {
    if (at + 8 > packed.length) return undefined;
    const name = at + 8;
    const value = name + packed.readUInt32LE(at);
    const end = value + packed.readUInt32LE(at + 4);
    if (end > packed.length) return undefined;
    // A copy: the attributes of an entry must not keep a whole table alive.
    xattrs.set(decodeName(packed.subarray(name, value)), Uint8Array.from(packed.subarray(value, end)));
    at = end;
  }
  return { ...fixed, xattrs };
}

/** Packs a sparse map; a map without regions (a file that is one hole) is one byte, not the empty string. */
export function packSparse(regions: readonly SparseRegion[]): Buffer {
  const packed = Buffer.alloc(1 + regions.length * 16, 1);
  regions.forEach(({ offset, length }, i) => {
    packed.writeDoubleLE(offset, 1 + i * 16);
    packed.writeDoubleLE(length, 9 + i * 16);
  });
  return packed;
}

/** Unpacks a sparse map; undefined when the bytes are not from `packSparse`. */
export function unpackSparse(packed: Buffer): SparseRegion[] | undefined {
  if (packed.length % 16 !== 1) return undefined;
  const regions: SparseRegion[] = [];
  let end = 0;
  for (let at = 1; at < packed.length; at += 16) {
    const offset = packed.readDoubleLE(at);
    const length = packed.readDoubleLE(at + 8);
    if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= end && length >= 0)) {
      return undefined;
    }
    end = offset + length;
    if (!Number.isSafeInteger(end)) return undefined;
    regions.push({ offset, length });
  }
  return regions;
}
