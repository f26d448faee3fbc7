// Where things are mounted during a RUN: folders and empty files, laid between the image and what the process writes. The
// image's own links are resolved here, inside the image, so that a mount can land nowhere else (CVE-2026-41579).
import { createTable, type Entry, type EntryTable } from "@tsbuild/layer";
import { impliedDirectory, parentPath, type RootFs } from "@tsbuild/rootfs";
import { BuildError } from "../build-error.ts";

export interface MountPoints {
  readonly stubs: EntryTable;
  /** Paths of `stubs` that the image does not have. */
  readonly phantoms: readonly string[];
  /** Where each file asked for is mounted; one whose place lies in /dev, /proc or /sys is left out. */
  readonly files: ReadonlyMap<string, string>;
}

/** Covered by a mount each, whatever the image has there. */
const virtualFolders = ["dev", "proc", "sys"];

/** The mount points for files at these paths in the image. */
export function mountPoints(rootfs: RootFs, paths: readonly string[]): MountPoints {
  const stubs = new Map<string, Entry>();
  const phantoms: string[] = [];
  const addFolder = (path: string): void => {
    if (path === "" || stubs.has(path)) return;
    const entry = rootfs.get(path);
    if (entry === undefined) phantoms.push(path);
    stubs.set(path, entry?.kind === "directory" ? entry : impliedDirectory(path));
  };
  for (const folder of virtualFolders) addFolder(folder);
  const files = new Map<string, string>();
  for (const path of paths) {
    const { path: target, entry } = rootfs.resolve(path);
    if (virtualFolders.includes(target.split("/", 1)[0] ?? "")) continue;
    if (entry?.kind === "directory") {
      throw new BuildError(
        "STEP_FAILED",
        `Cannot mount /${path} for the RUN: it is a folder in the image; take it out of the base, or of what is copied in`,
      );
    }
    for (let folder = parentPath(target); folder !== ""; folder = parentPath(folder)) addFolder(folder);
    if (entry === undefined) phantoms.push(target);
    stubs.set(target, emptyFile(target, entry));
    files.set(path, target);
  }
  const puts = [...stubs.values()].map((entry) => ({ kind: "put", entry }) as const);
  return { stubs: createTable(puts), phantoms, files };
}

function emptyFile(path: string, like: Entry | undefined): Entry {
  const { uid = 0, gid = 0, mtimeSec = 0, mtimeNsec = 0 } = like ?? {};
  return {
    kind: "file",
    path,
    mode: 0o644,
    uid,
    gid,
    mtimeSec,
    mtimeNsec,
    size: 0,
    content: { kind: "bytes", bytes: new Uint8Array() },
  };
}
