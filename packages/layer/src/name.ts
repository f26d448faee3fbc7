// File names are bytes on Linux; here they are strings that lose nothing. Bytes that are not valid UTF-8
// become lone surrogates U+DC80..U+DCFF, one per byte, as in Python's "surrogateescape" (PEP 383).
// No Unicode normalisation anywhere: two spellings of "é" are two files.
import { Buffer, isUtf8 } from "node:buffer";

/** The name for these bytes. `encodeName(decodeName(bytes))` gives the same bytes for any bytes. */
export function decodeName(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  for (let i = 0; i < buffer.length; i++) {
    if (buffer[i]! >= 0x80) return isUtf8(bytes) ? buffer.toString("utf8") : decodeEscaped(buffer);
  }
  return buffer.toString("latin1");
}

/**
 * The bytes of this name.
 * Throws a TypeError for a string that no bytes decode to (a surrogate that is neither half of a pair
 * nor one of the escapes U+DC80..U+DCFF).
 */
export function encodeName(name: string): Buffer {
  return name.isWellFormed() ? Buffer.from(name, "utf8") : encodeEscaped(name);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeEscaped(bytes: Buffer): string {
  let name = "";
  for (let i = 0; i < bytes.length;) {
    const length = validLength(bytes, i);
    if (length > 0) {
      name += bytes.toString("utf8", i, i + length);
      i += length;
    } else {
      name += String.fromCharCode(0xdc00 + bytes[i]!);
      i++;
    }
  }
  return name;
}

/** Length of the valid UTF-8 sequence at `start`, 0 when there is none (Unicode 16, table 3-7). */
function validLength(bytes: Buffer, start: number): number {
  const lead = bytes[start]!;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  if (length === 0 || start + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(start, start + length)) ? length : 0;
}

function encodeEscaped(name: string): Buffer {
  const parts: Buffer[] = [];
  let plain = "";
  for (const character of name) {
    if (character.isWellFormed()) {
      plain += character;
      continue;
    }
    const byte = character.charCodeAt(0) - 0xdc00;
    if (byte < 0x80 || byte > 0xff) {
      throw new TypeError(`Cannot encode the name ${JSON.stringify(name)}: it has half a surrogate pair`);
    }
    parts.push(Buffer.from(plain, "utf8"), Buffer.from([byte]));
    plain = "";
  }
  parts.push(Buffer.from(plain, "utf8"));
  return Buffer.concat(parts);
}
