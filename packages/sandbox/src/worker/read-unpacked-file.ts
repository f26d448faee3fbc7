// A small file of an unpacked layer, for the main process, which in a user namespace may not read it. The layer is somebody
// else's content: a link in it leads wherever its author wants (CVE-2024-9676).
import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { encodeName } from "@tsbuild/layer";
import type { ReadCommand } from "../channel/message.ts";
import type { UnpackedLayers } from "./unpacked-layers.ts";

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined when there is no regular file, or a larger one. Nobody changes an unpacked layer meanwhile. */
export function readUnpackedFile(layers: UnpackedLayers, order: ReadCommand): Uint8Array | undefined {
  const parts = order.path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return undefined;
  const last = parts.pop() ?? "";
  let folder = Buffer.from(layers.path(order.name));
  for (const part of parts) {
    folder = join(folder, part);
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  }
  const path = join(folder, last);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const file = openSync(path, flags);
  try {
    const { size } = fstatSync(file);
    return size > order.limitBytes ? undefined : readWhole(file, size);
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  let done = 0;
  while (done < size) {
    const got = readSync(file, bytes, done, size - done, done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

function join(folder: Buffer, name: string): Buffer<ArrayBuffer> {
  return Buffer.concat([folder, Buffer.from("/"), encodeName(name)]);
}
