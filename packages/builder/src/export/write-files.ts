// `type=local` and `type=tar`: the final root filesystem as files in a folder, or as one tar.
import { createTable, openContent, packLayer, encodeName, type Entry } from "@tsbuild/layer";
import { flatten, type RootFs } from "@tsbuild/rootfs";
import { createHasher } from "@tsbuild/oci";
import { makeFolder, type Bytes } from "@tsbuild/store";
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { BuildError, messageOf } from "../build-error.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import type { Layer } from "../solve/layer.ts";

export interface FilesOptions {
  readonly library: LayerLibrary;
  readonly layers: readonly Layer[];
  readonly signal?: AbortSignal | undefined;
  readonly warn: (code: string, message: string) => void;
}

/** Writes the tree as one uncompressed tar, in chunks through `write`. */
export async function writeTree(
  rootfs: RootFs,
  write: (bytes: Bytes) => Promise<void>,
  o: FilesOptions,
): Promise<void> {
  await makeFiles(o);
  await packLayer(createTable(flatten(rootfs)), {
    compression: { kind: "none" },
    layerFile: (diffId) => o.library.filePath(diffId),
    write: async (bytes) => {
      // A tar for the user has no use for its digest, which the packer wants back.
      const hasher = createHasher();
      let size = 0;
      await write(
        (async function* () {
          for await (const chunk of bytes) {
            hasher.update(chunk);
            size += chunk.length;
            yield chunk;
          }
        })(),
      );
      return { digest: hasher.digest(), size };
    },
    ...(o.signal === undefined ? {} : { signal: o.signal }),
  });
}

/**
 * Writes the tree into a folder. What is there stays unless the tree has the same path. Owners are kept when
 * running as root; device nodes are left out with a warning, since Node cannot make them.
 */
export async function writeFolder(rootfs: RootFs, folder: string, o: FilesOptions): Promise<void> {
  await makeFiles(o);
  await makeFolder(folder);
  const folders: Entry[] = [];
  const isFile = (path: string): boolean => rootfs.get(path)?.kind === "file";
  for (const change of flatten(rootfs)) {
    o.signal?.throwIfAborted();
    if (change.kind !== "put") continue;
    const { entry } = change;
    if (entry.path === "") continue;
    try {
      if (await writeEntry(entry, folder, isFile, o)) folders.push(entry);
    } catch (error) {
      throw new BuildError(
        "EXPORT_FAILED",
        `Cannot write ${entry.path} below ${folder}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
  // Last, children before parents: writing into a folder changes its time, and a read-only one takes no files.
  for (const entry of folders.reverse()) {
    const path = diskPath(folder, entry.path);
    setAttributes(path, entry);
  }
}

/** True for a folder, whose attributes come at the end. */
async function writeEntry(
  entry: Entry,
  folder: string,
  isFile: (path: string) => boolean,
  o: FilesOptions,
): Promise<boolean> {
  const path = diskPath(folder, entry.path);
  const there = lstatSync(path, { throwIfNoEntry: false });
  // A link that stands where the tree has something else must not be written through.
  if (there !== undefined && !(there.isDirectory() && entry.kind === "directory"))
    rmSync(path, { recursive: true, force: true });
  switch (entry.kind) {
    case "directory":
      if (there?.isDirectory() !== true) mkdirSync(path);
      return true;
    case "file":
      await writeFile(path, entry, o);
      setAttributes(path, entry);
      return false;
    case "symlink":
      symlinkSync(encodeName(entry.target), path);
      if (process.getuid?.() === 0) lchownSync(path, entry.uid, entry.gid);
      lutimesSync(path, timeOf(entry), timeOf(entry));
      return false;
    case "hardlink":
      // Else it would be looked up through the symbolic links of the image, out of the folder (CVE-2026-24842).
      if (!isFile(entry.target))
        throw new Error(`it is a hard link to "${entry.target}", which is no file of the image`);
      linkSync(diskPath(folder, entry.target), path);
      return false;
    case "device":
    case "fifo":
      o.warn(
        "DeviceSkipped",
        `${entry.kind === "fifo" ? "Named pipe" : "Device node"} /${entry.path} is left out of the output folder`,
      );
      return false;
  }
}

/** The holes of a sparse file stay holes: a small layer may have a file of a terabyte. */
async function writeFile(path: Buffer, entry: Entry & { kind: "file" }, o: FilesOptions): Promise<void> {
  const { content, size } = entry;
  const whole = [{ offset: 0, length: size }];
  const file = await open(path, "wx", 0o600);
  try {
    for (const range of content.kind === "slice" ? (content.sparse ?? whole) : whole) {
      let at = range.offset;
      for await (const chunk of openContent(content, size, {
        ...range,
        layerFile: (id) => o.library.filePath(id),
        ...(o.signal && { signal: o.signal }),
      })) {
        for (let done = 0; done < chunk.length;)
          done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
        at += chunk.length;
      }
    }
    await file.truncate(size);
  } finally {
    await file.close();
  }
}

/** Owner before mode: changing the owner clears the set-id bits. */
function setAttributes(path: Buffer, entry: Entry): void {
  if (process.getuid?.() === 0) chownSync(path, entry.uid, entry.gid);
  chmodSync(path, entry.mode & 0o7777);
  utimesSync(path, timeOf(entry), timeOf(entry));
}

/** Node takes a negative number for "now", but not a date before 1970. */
function timeOf(entry: Entry): number | Date {
  const seconds = entry.mtimeSec + entry.mtimeNsec / 1e9;
  return seconds < 0 ? new Date(seconds * 1000) : seconds;
}

function diskPath(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), encodeName(path)]);
}

async function makeFiles(o: FilesOptions): Promise<void> {
  await Promise.all(o.layers.map((layer) => o.library.file(layer)));
}
