// What Node cannot make: devices, fifos and whiteouts. Programs make them, all in one go, under plain names in a folder
// of their own; then they are moved to where they belong, so that no program sees a name from an image.
import { chmodSync, lchownSync, linkSync, lutimesSync, renameSync, unlinkSync } from "node:fs";
import { SandboxError } from "../sandbox-error.ts";
import { findTool } from "../tools/find-tool.ts";
import { missingTool } from "../tools/missing-tool.ts";
import { runTool } from "../tools/run-tool.ts";
import { nodeTime } from "./file-times.ts";
import { cannotUnpack, noSpace } from "./unpack-failure.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** Devices and fifos, with all their attributes. */
export async function makeNodes(work: UnpackWork, rows: readonly number[]): Promise<void> {
  const devices: string[] = [];
  const fifos: string[] = [];
  for (const row of rows) {
    const entry = work.entryAt(row);
    if (entry.kind === "device")
      devices.push(String(row), entry.type === "char" ? "c" : "b", String(entry.major), String(entry.minor));
    else fifos.push(String(row));
  }
  if (devices.length > 0) await makeWith(work, rows, "mknod", ["-n", "4"], devices);
  if (fifos.length > 0) await makeWith(work, rows, "mkfifo", [], fifos);
  await work.forEach(rows, (row) => placeNode(work, row));
}

/** The first is made; the others are hard links to it, as in the overlay's own. */
export async function makeWhiteouts(work: UnpackWork, rows: readonly number[]): Promise<void> {
  let whiteout: string | undefined;
  for (let start = 0; start < rows.length;) {
    if (whiteout !== undefined) unlinkSync(whiteout);
    whiteout = await makeWhiteout(work, rows[start]!);
    start = await linkWhiteouts(work, rows, start, whiteout);
  }
  if (whiteout !== undefined) unlinkSync(whiteout);
}

/** Returns the first row that needs another whiteout: a file can have only so many names. */
async function linkWhiteouts(
  work: UnpackWork,
  rows: readonly number[],
  start: number,
  whiteout: string,
): Promise<number> {
  let done = start;
  let isFull = false;
  await work.forEach(rows.slice(start), (row) => {
    if (isFull) return;
    try {
      linkSync(whiteout, work.paths.at(work.table.pathAt(row)));
      done++;
    } catch (error) {
      isFull = done > start && error instanceof Error && "code" in error && error.code === "EMLINK";
      if (!isFull) throw error;
    }
  });
  return done;
}

async function makeWhiteout(work: UnpackWork, row: number): Promise<string> {
  const { status, stderr } = await runTool("mknod", ["-m", "0", "whiteout", "c", "0", "0"], {
    cwd: work.scratch,
    signal: work.order.signal,
  });
  if (status === 0) return `${work.scratch}/whiteout`;
  throw toolFailure(work, row, stderr);
}

/** Runs a program with `words` as its arguments, several times if they are many. */
async function makeWith(
  work: UnpackWork,
  rows: readonly number[],
  tool: "mknod" | "mkfifo",
  options: readonly string[],
  words: readonly string[],
): Promise<void> {
  const program = findTool(tool);
  if (program === undefined) throw missingTool(tool);
  const { status, stderr } = await runTool("xargs", ["-0", ...options, program, "-m", "600"], {
    cwd: work.scratch,
    signal: work.order.signal,
    input: Buffer.from(`${words.join("\0")}\0`),
  });
  if (status !== 0) throw toolFailure(work, rows[0]!, stderr);
}

function placeNode(work: UnpackWork, row: number): void {
  const entry = work.entryAt(row);
  const path = work.paths.at(entry.path);
  renameSync(`${work.scratch}/${row}`, path);
  if (!work.creator.isOwner(entry.uid, entry.gid)) lchownSync(path, entry.uid, entry.gid);
  chmodSync(path, entry.mode);
  const time = nodeTime(entry);
  lutimesSync(path, time, time);
  if (entry.mtimeNsec !== 0) work.fineTimes.push(row);
}

/** @param row one of those that the program was to make; which one failed is not known */
function toolFailure(work: UnpackWork, row: number, stderr: string): SandboxError {
  const path = work.table.pathAt(row);
  const said = stderr.trim();
  if (/No space left|quota exceeded/i.test(said)) return noSpace(path, said);
  const needed = work.order.isRoot ? "CAP_MKNOD is needed for it" : "Linux 5.8 or newer is needed for it";
  return cannotUnpack(path, `${said}; ${needed}, and a file system that takes such files`);
}
