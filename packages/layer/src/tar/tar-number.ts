// Numbers in tar headers: octal text, and the GNU base-256 form for what does not fit.
// The rules are those of Go's archive/tar, because that is what every registry's images went through.
import type { Buffer } from "node:buffer";
import { LayerError } from "../layer-error.ts";

const SPACE = 0x20;
const ZERO = 0x30;

/** Writes `value` as octal digits with leading zeros and one NUL in `width` bytes. */
export function writeOctal(out: Buffer, offset: number, width: number, value: number): void {
  let rest = value;
  for (let i = offset + width - 2; i >= offset; i--) {
    // Not `rest & 7`: sizes are beyond 32 bits.
    const digit = rest % 8;
    out[i] = ZERO + digit;
    rest = (rest - digit) / 8;
  }
  out[offset + width - 1] = 0;
}

/** The largest number that `writeOctal` fits in `width` bytes. */
export function maxOctal(width: number): number {
  return 8 ** (width - 1) - 1;
}

/** Writes a non-negative `value` in GNU's base-256 form. */
export function writeBase256(out: Buffer, offset: number, width: number, value: number): void {
  let rest = value;
  for (let i = offset + width - 1; i > offset; i--) {
    const byte = rest % 256;
    out[i] = byte;
    rest = (rest - byte) / 256;
  }
  out[offset] = 0x80;
}

/**
 * Reads an octal or base-256 number; an empty field is 0.
 * Throws TAR_CORRUPT for anything else and for what a double can't hold exactly.
 */
export function readNumber(block: Buffer, offset: number, width: number, field: string): number {
  const lead = block[offset]!;
  return (lead & 0x80) !== 0
    ? readBase256(block, offset, width, field)
    : readOctal(block, offset, width, field);
}

function readOctal(block: Buffer, offset: number, width: number, field: string): number {
  let start = offset;
  let end = offset + width;
  while (start < end && isPadding(block[start]!)) start++;
  while (end > start && isPadding(block[end - 1]!)) end--;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = block[i]!;
    // Text after a NUL is not part of the number: Go cuts there.
    if (byte === 0) break;
    if (byte < ZERO || byte > ZERO + 7) throw badNumber(field, "is not an octal number");
    value = value * 8 + (byte - ZERO);
  }
  return value;
}

function isPadding(byte: number): boolean {
  return byte === 0 || byte === SPACE;
}

function readBase256(block: Buffer, offset: number, width: number, field: string): number {
  const negative = (block[offset]! & 0x40) !== 0;
  const invert = negative ? 0xff : 0;
  let value = 0;
  for (let i = offset; i < offset + width; i++) {
    let byte = block[i]! ^ invert;
    if (i === offset) byte &= 0x7f;
    value = value * 256 + byte;
    if (value > Number.MAX_SAFE_INTEGER) throw badNumber(field, "is too large");
  }
  return negative ? -value - 1 : value;
}

function badNumber(field: string, reason: string): LayerError {
  return new LayerError("TAR_CORRUPT", `Cannot read tar header: field ${field} ${reason}`, {
    facts: { reason: field },
  });
}
