// For the tests of packing: entries, folders on disk, and what others make of a layer.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { extract } from "tar-stream";
import type { Digest } from "@tsbuild/oci";
import type { Bytes } from "@tsbuild/store";
import type { Attributes, Change, Content, Entry } from "../entry.ts";
import type { PackOptions } from "./pack-layer.ts";

export const attributes: Attributes = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 1_700_000_000, mtimeNsec: 0 };

export function put(entry: Entry): Change {
  return { kind: "put", entry };
}

export function folder(path: string): Change {
  return put({ ...attributes, kind: "directory", path, mode: 0o755 });
}

export function file(path: string, size: number, content: Content): Change {
  return put({ ...attributes, kind: "file", path, size, content });
}

export function textFile(path: string, text: string): Change {
  const bytes = Buffer.from(text);
  return file(path, bytes.length, { kind: "bytes", bytes });
}

/** Text that compresses like source code, different for each seed. */
export function sourceText(seed: number, length: number): Buffer {
  const words = ["const ", "return ", "(value) => ", "await ", ".length;\n", " === ", "export function "];
  const out: string[] = [];
  let state = seed * 2_654_435_761 + 1;
  for (let size = 0; size < length;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = `${words[(state >>> 8) % words.length]}${((state >>> 16) % 5000).toString(36)}`;
    out.push(word);
    size += word.length;
  }
  return Buffer.from(out.join("").slice(0, length));
}

/** Bytes that nothing compresses, the same for each seed (xorshift32, mixed as by murmur). */
export function noise(seed: number, length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  }
  return Buffer.from(words.buffer, 0, length);
}

const filesOnDisk = 100;

/**
 * `count` files of 0 to 6 KB in folders of 50. Their contents are those of 100 files that are made on disk:
 * see `contentOf`.
 */
export function manyFiles(root: string, count: number): Change[] {
  mkdirSync(root, { recursive: true });
  const changes: Change[] = [];
  for (let index = 0; index < count; index++) {
    const disk = `${root}/${index % filesOnDisk}`;
    if (index < filesOnDisk) writeFileSync(disk, contentOf(index));
    if (index % 50 === 0) changes.push(folder(`d${index / 50}`));
    const path = `d${Math.floor(index / 50)}/file-${index}.js`;
    changes.push(file(path, contentOf(index).length, { kind: "disk", path: disk }));
  }
  return changes;
}

/** The contents of file number `index` of `manyFiles`. */
export function contentOf(index: number): Buffer {
  const number = index % filesOnDisk;
  return sourceText(number, (number * 1237) % 6000);
}

/** Options that keep the layer in `chunks`. */
export function collecting(chunks: Uint8Array[], more: Partial<PackOptions> = {}): PackOptions {
  return { layerFile: () => "/nonexistent", write: (bytes) => collect(bytes, chunks), ...more };
}

async function collect(bytes: Bytes, chunks: Uint8Array[]): Promise<{ digest: Digest; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: sha256(hash.digest("hex")), size };
}

export function sha256(hex: string): Digest {
  return `sha256:${hex}` as Digest; // made by node:crypto
}

export interface ReadEntry {
  readonly name: string;
  readonly type: string | null | undefined;
  readonly linkname: string | null | undefined;
  readonly bytes: Buffer;
}

/** What tar-stream reads in a tar. */
export async function readWithTarStream(tar: Uint8Array): Promise<ReadEntry[]> {
  const reader = extract();
  reader.end(tar);
  const entries: ReadEntry[] = [];
  for await (const entry of reader) {
    const parts: Uint8Array[] = [];
    for await (const part of entry) if (part instanceof Uint8Array) parts.push(part);
    const { name, type, linkname } = entry.header;
    entries.push({ name, type, linkname, bytes: Buffer.concat(parts) });
  }
  return entries;
}
