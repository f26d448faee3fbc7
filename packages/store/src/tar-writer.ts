// A tar of a few regular files and folders, the same bytes for the same members: no owner, no time. Layers'
// tars, where every detail counts, are another package's.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
import type { Bytes } from "./blob-store.ts";

/** A folder when its name ends in a slash, else a file of `size` bytes. */
export interface TarFile {
  name: string;
  size: number;
  bytes?: () => Bytes;
}

const block = 512;
const longestName = 100;
const largestSize = 0o77777777777;

/** The archive's bytes; each member's are asked for when their turn comes. */
export async function* writeTar(files: readonly TarFile[]): AsyncGenerator<Uint8Array> {
  for (const { name, size, bytes } of files) {
    yield header(name, size);
    let written = 0;
    if (bytes !== undefined)
      for await (const chunk of bytes()) {
        written += chunk.length;
        yield chunk;
      }
    if (written !== size)
      throw new RangeError(`Cannot write ${name} to a tar: it has ${written} bytes, not ${size}`);
    yield padding(size);
  }
  yield Buffer.alloc(2 * block);
}

function header(name: string, size: number): Uint8Array {
  const records: string[] = [];
  if (Buffer.byteLength(name) > longestName) records.push(record("path", name));
  if (size > largestSize) records.push(record("size", String(size)));
  const plain = encodeHeader(
    Buffer.from(name).subarray(0, longestName),
    size > largestSize ? 0 : size,
    flagOf(name),
  );
  if (records.length === 0) return plain;
  const pax = Buffer.from(records.join(""));
  return Buffer.concat([
    encodeHeader(Buffer.from("PaxHeader"), pax.length, "x"),
    pax,
    padding(pax.length),
    plain,
  ]);
}

function flagOf(name: string): string {
  return name.endsWith("/") ? "5" : "0";
}

function encodeHeader(name: Uint8Array, size: number, flag: string): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, width: number) =>
    bytes.write(value.toString(8).padStart(width - 1, "0"), offset, "latin1");
  bytes.set(name, 0);
  octal(flag === "5" ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8); // uid
  octal(0, 116, 8); // gid
  octal(size, 124, 12);
  octal(0, 136, 12); // mtime
  bytes.write(flag, 156, "latin1");
  bytes.write("ustar\u000000", 257, "latin1");
  bytes.fill(" ", 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

/** `length key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

function padding(size: number): Uint8Array {
  return Buffer.alloc((block - (size % block)) % block);
}
