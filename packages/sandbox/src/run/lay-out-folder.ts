// Fills the folder of a workspace with what its set-up needs: files to be mounted, files to be copied into /dev, mount
// tables, and names for two programs of this machine by which their complaints are known.
import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SandboxError } from "../sandbox-error.ts";
import { formatMountTable } from "./mount-table.ts";
import type { MountPlan } from "./plan-mounts.ts";
import type { RunnableProcess } from "./run-order.ts";

/** Below the folder of a workspace: files that are copied into /dev. */
export const devFilesFolder = "devices";

export function layOutFolder(folder: string, process: RunnableProcess): void {
  for (const name of ["upper", "work", "merged", "dev", "files", devFilesFolder]) {
    mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  checkStubs(folder, process);
  for (const [index, { content, mode }] of process.files.entries()) {
    writeFile(`${folder}/files/${index}`, content, mode);
  }
  chmodSync(`${folder}/${devFilesFolder}`, 0o755); // /dev gets its mode
  for (const { path, content } of process.devFiles) {
    const file = `${folder}/${devFilesFolder}/${path}`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFile(file, content, 0o755);
  }
}

export function writeTables(folder: string, plan: MountPlan): void {
  writeFileSync(`${folder}/first`, formatMountTable(plan.first));
  writeFileSync(`${folder}/second`, formatMountTable(plan.second));
}

/** Names that nobody else writes, of programs whose messages would otherwise pass for the process's. */
export interface ProgramNames {
  /** In both. */
  readonly token: string;
  /** Relative paths. */
  readonly setpriv: string;
  /** An empty file: what it is, is mounted there. */
  readonly unshare: string;
}

export function nameStartPrograms(folder: string, tools: { readonly setpriv: string }): ProgramNames {
  const token = `start-${randomBytes(6).toString("hex")}`;
  const [setpriv, unshare] = [`${folder}/${token}-setpriv`, `${folder}/${token}-unshare`];
  symlinkSync(tools.setpriv, setpriv);
  writeFileSync(unshare, "");
  return { token, setpriv, unshare };
}

/**
 * mount(8) follows links, and is not in the root yet: the layer of stubs must hide those of the image (CVE-2026-41579 is
 * /dev as a link).
 */
function checkStubs(folder: string, { files }: RunnableProcess): void {
  const folders = new Set(["/dev", "/proc", "/sys"]);
  for (const { target } of files) {
    for (let parent = dirname(target); parent !== "/"; parent = dirname(parent)) folders.add(parent);
  }
  for (const path of folders) {
    if (!lstat(`${folder}/stub${path}`)?.isDirectory()) throw noStub(path, "folder");
  }
  for (const { target } of files) {
    if (!lstat(`${folder}/stub${target}`)?.isFile()) throw noStub(target, "file");
  }
}

function lstat(path: string): ReturnType<typeof lstatSync> | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function noStub(path: string, kind: "folder" | "file"): SandboxError {
  const reason = `there is no ${kind} to mount it on`;
  return new SandboxError("MOUNT_FAILED", `Cannot mount ${path}: ${reason}; the stubs must have one`, {
    facts: { path, reason },
  });
}

function writeFile(path: string, content: Uint8Array, mode: number): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}
