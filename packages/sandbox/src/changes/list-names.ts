// The names in a folder in the order of a table: by their bytes.
import type { Buffer } from "node:buffer";
import { readdirSync } from "node:fs";
import { comparePaths, decodeName } from "@tsbuild/layer";

export function listNames(diskPath: string | Buffer): string[] {
  const text = readdirSync(diskPath);
  // U+FFFD stands for bytes that are no UTF-8, or for itself.
  const names = text.some((name) => name.includes("\ufffd"))
    ? readdirSync(diskPath, { encoding: "buffer" }).map(decodeName)
    : text;
  return names.some(needsByteOrder) ? names.sort(comparePaths) : names.sort();
}

/** From the surrogates on, the order of strings is not that of their bytes. */
function needsByteOrder(name: string): boolean {
  return /[\ud800-\uffff]/.test(name);
}
