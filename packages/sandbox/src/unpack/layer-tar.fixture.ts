// Layers for tests: a tar from entries and contents, and the index of it.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { encodeHeader, headerRoom, indexLayer, padToBlock, TAR_BLOCK } from "@tsbuild/layer";
import type { Attributes, EntryTable, TarHeaderFields } from "@tsbuild/layer";
import type { Digest } from "@tsbuild/oci";
import { removeTree } from "../changes/remove-tree.ts";
import type { UnpackLayerOrder } from "./unpack-layer.ts";

/** A path that ends in a slash is a folder, a string `-> x` a symbolic link, `=> x` a hard link, any other a text. */
export type TarLiteral = Readonly<Record<string, string | Partial<Attributes & { text: string | Buffer }>>>;

export interface LayerTar {
  readonly tar: Buffer;
  readonly diffId: Digest;
  readonly table: EntryTable;
}

/** Nobody may give files away: what is not said belongs to whoever runs the test. */
export const ours = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

export async function tarLayer(literal: TarLiteral, more: readonly Buffer[] = []): Promise<LayerTar> {
  const parts = Object.entries(literal).map(([path, value]) => encodeLiteral(path, value));
  const tar = Buffer.concat([...parts, ...more, Buffer.alloc(2 * TAR_BLOCK)]);
  const { diffId, table } = await indexLayer(chunksOf(tar, 64 * 1024));
  return { tar, diffId, table };
}

function encodeLiteral(written: string, value: TarLiteral[string]): Buffer {
  const isFolder = written.endsWith("/");
  const path = written.replace(/\/$/, "");
  const { text = "", ...given } = typeof value === "string" ? { text: value } : value;
  const common = {
    path,
    mode: isFolder ? 0o755 : 0o644,
    mtimeSec: 1_000_000_000,
    mtimeNsec: 0,
    ...ours,
    ...given,
  };
  if (isFolder) return encodeEntry({ ...common, kind: "directory" });
  const link = typeof text === "string" && /^[-=]> /.test(text) ? text.slice(3) : undefined;
  if (link === undefined)
    return encodeEntry({ ...common, kind: "file", size: Buffer.byteLength(text) }, text);
  const kind = String(text).startsWith("-") ? "symlink" : "hardlink";
  return encodeEntry({ ...common, kind, target: link });
}

/** One member of a tar. */
export function encodeEntry(fields: TarHeaderFields, text: string | Buffer = ""): Buffer {
  const header = Buffer.alloc(headerRoom(fields));
  const length = encodeHeader(fields, header, 0);
  const content = Buffer.from(text);
  const padding = Buffer.alloc(padToBlock(content.length) - content.length);
  return Buffer.concat([header.subarray(0, length), content, padding]);
}

export async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

/** How to unpack a layer from its tar, in chunks; warnings are thrown. */
export function orderFor(layer: LayerTar, changes: Partial<UnpackLayerOrder> = {}): UnpackLayerOrder {
  return {
    changes: layer.table,
    source: { diffId: layer.diffId, bytes: chunksOf(layer.tar, 1000) },
    tars: new Map(),
    flavour: "user",
    isRoot: false,
    warn: (code, message) => {
      throw new Error(`${code}: ${message}`);
    },
    ...changes,
  };
}

/** An empty folder `root`, alone in a folder that is gone when the test ends. */
export function makeRootForTest(): { readonly temporary: string; readonly root: string } {
  const temporary = mkdtempSync(join(tmpdir(), "unpack-"));
  onTestFinished(() => removeTree(temporary));
  const root = join(temporary, "root");
  mkdirSync(root);
  return { temporary, root };
}
