// Tells a compression by its first bytes, as BuildKit does: media types and file names lie.

export type DetectedCompression = "none" | "gzip" | "zstd" | "bzip2" | "xz" | "unknown";

/** How many bytes `detectCompression` wants to see; with fewer it does what it can. */
export const detectionBytes = 512;

/**
 * How these bytes are compressed, from the first 512 of them. "none" is a tar archive that is not
 * compressed; "unknown" is anything else, also nothing at all.
 */
export function detectCompression(head: Uint8Array): DetectedCompression {
  if (startsWith(head, [0x1f, 0x8b, 0x08])) return "gzip";
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]) || isSkippableFrame(head)) return "zstd";
  if (startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return "xz";
  if (isBzip2(head)) return "bzip2";
  return isTar(head) ? "none" : "unknown";
}

function startsWith(head: Uint8Array, magic: readonly number[], at = 0): boolean {
  return head.length >= at + magic.length && magic.every((byte, index) => head[at + index] === byte);
}

/** A zstd file may start with frames that hold no data: 0x184D2A50 to 0x184D2A5F. */
function isSkippableFrame(head: Uint8Array): boolean {
  return startsWith(head, [0x2a, 0x4d, 0x18], 1) && (head[0] ?? 0) >> 4 === 5;
}

/** "BZh", the block size, then the magic of a block or of the end. */
function isBzip2(head: Uint8Array): boolean {
  const size = head[3] ?? 0;
  if (!startsWith(head, [0x42, 0x5a, 0x68]) || size < 0x31 || size > 0x39) return false;
  return startsWith(head, [0x31, 0x41, 0x59], 4) || startsWith(head, [0x17, 0x72, 0x45], 4);
}

/** The magic of ustar and GNU, or a right checksum (older formats have no magic), or an empty archive. */
function isTar(head: Uint8Array): boolean {
  if (startsWith(head, [0x75, 0x73, 0x74, 0x61, 0x72], 257)) return true;
  if (head.length < 512) return false;
  if (head.every((byte) => byte === 0)) return true;
  const written = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString("latin1").trim(), 8);
  let sum = 8 * 0x20;
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += head[at] ?? 0;
  return written === sum;
}
