// Runs a program and follows how much memory its own processes took at most. Own are those that execute the Node that
// runs this: of a build the command and its sandbox worker, and not what a RUN starts, which may be a Node of the image.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync, type Stats } from "node:fs";

export interface MemoryReport {
  readonly status: number;
  /** The highest resident memory of any own process, in bytes: the kernel's high-water mark. */
  readonly peakBytes: number;
  /** The highest sum of all own processes' anonymous memory at one moment, in bytes: what nobody could give back. */
  readonly anonymousPeakBytes: number;
  readonly wallMs: number;
  readonly stderr: string;
}

/** Samples seldom: every 20 ms took a tenth of a processor. */
export async function runWithPeakMemory(
  command: readonly [string, ...string[]],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<MemoryReport> {
  const [program, ...args] = command;
  const node = statSync(process.execPath);
  const start = performance.now();
  const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let peakBytes = 0;
  let anonymousPeakBytes = 0;
  const sample = setInterval(() => {
    const own = child.pid === undefined ? [] : processTree(child.pid).filter((pid) => executes(pid, node));
    const memory = own.map(readMemory);
    peakBytes = Math.max(peakBytes, ...memory.map(({ highWaterBytes }) => highWaterBytes));
    const anonymousBytes = memory.reduce((sum, one) => sum + one.anonymousBytes, 0);
    anonymousPeakBytes = Math.max(anonymousPeakBytes, anonymousBytes);
  }, 100);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = await once(child, "close");
  clearInterval(sample);
  return { status, peakBytes, anonymousPeakBytes, wallMs: performance.now() - start, stderr };
}

/** The process and all that descend from it. */
function processTree(root: number): number[] {
  const children = readAll(`/proc/${root}/task`, (task) => readText(`/proc/${root}/task/${task}/children`));
  return [
    root,
    ...children.flatMap((list) => list.split(" ").filter(Boolean)).flatMap((pid) => processTree(Number(pid))),
  ];
}

function readAll<T>(folder: string, read: (name: string) => T): T[] {
  try {
    return readdirSync(folder).map(read);
  } catch {
    return []; // The process has ended.
  }
}

/** By device and inode: names say nothing from one mount namespace to another. */
function executes(pid: number, { dev, ino }: Stats): boolean {
  try {
    const executable = statSync(`/proc/${pid}/exe`);
    return executable.dev === dev && executable.ino === ino && !isStillItsParent(pid);
  } catch {
    return false; // The process has ended.
  }
}

/** Between fork and exec a child has its parent's executable and memory: the flag PF_FORKNOEXEC, see proc(5). */
function isStillItsParent(pid: number): boolean {
  const [, afterName = ""] = /^.*\) (.*)$/s.exec(readText(`/proc/${pid}/stat`)) ?? [];
  return (Number(afterName.split(" ")[6] ?? 0) & 0x40) !== 0;
}

function readMemory(pid: number): { readonly highWaterBytes: number; readonly anonymousBytes: number } {
  const status = readText(`/proc/${pid}/status`);
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { highWaterBytes: bytes("VmHWM"), anonymousBytes: bytes("RssAnon") };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The process has ended.
  }
}
