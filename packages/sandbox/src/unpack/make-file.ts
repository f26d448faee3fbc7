// Makes a file and gives it what its entry says. Always a new file, in a folder of ours.
import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync } from "node:fs";
import { futimesSync, openSync, writeSync } from "node:fs";
import type { Entry } from "@tsbuild/layer";
import { nodeTime } from "./file-times.ts";
import type { UnpackWork } from "./unpack-work.ts";

export type FileEntry = Entry & { kind: "file" };

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A descriptor to write to. */
export function createFile(work: UnpackWork, entry: FileEntry): number {
  return openSync(work.paths.at(entry.path), newFile, entry.mode & 0o777);
}

/** The file's attributes, once its bytes are there: writing would take the setuid bit and the time away. */
export function finishFile(work: UnpackWork, row: number, entry: FileEntry, fd: number): void {
  const { creator } = work;
  if (isSparse(entry)) ftruncateSync(fd, entry.size);
  if (!creator.isOwner(entry.uid, entry.gid)) fchownSync(fd, entry.uid, entry.gid);
  if (!creator.gives(entry.mode)) fchmodSync(fd, entry.mode);
  const time = nodeTime(entry);
  futimesSync(fd, time, time);
  if (entry.mtimeNsec !== 0) work.fineTimes.push(row);
}

/** A file that is empty, one hole, or whose bytes are in the table. */
export function makeSmallFile(work: UnpackWork, row: number): void {
  const entry = work.entryAt(row);
  if (entry.kind !== "file") throw new TypeError(`Row ${row} is no file`);
  const fd = createFile(work, entry);
  try {
    if (entry.content.kind === "bytes") writeAll(fd, entry.content.bytes, 0, entry.size, null);
    finishFile(work, row, entry, fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a part of `bytes`; a call may take less than all, before it says that the disk is full. */
export function writeAll(
  fd: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  position: number | null,
): void {
  for (let done = 0; done < length;) {
    done += writeSync(fd, bytes, start + done, length - done, position === null ? null : position + done);
  }
}

function isSparse({ content }: FileEntry): boolean {
  return content.kind === "slice" && content.sparse !== undefined;
}
