// Runs a program and follows how much memory each of its processes took at most.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";

export interface MemoryReport {
  readonly status: number;
  /** The highest of any process, in bytes. */
  readonly peakBytes: number;
  readonly wallMs: number;
  readonly stderr: string;
}

/** The kernel keeps the high-water mark, so that sampling seldom costs more than it tells: 20 ms took a tenth of a processor. */
export async function runWithPeakMemory(
  command: readonly [string, ...string[]],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<MemoryReport> {
  const [program, ...args] = command;
  const start = performance.now();
  const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  const peaks = new Map<number, number>();
  const sample = setInterval(() => {
    for (const pid of child.pid === undefined ? [] : processTree(child.pid)) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, highWaterMark(pid)));
    }
  }, 100);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = await once(child, "close");
  clearInterval(sample);
  return { status, peakBytes: Math.max(0, ...peaks.values()), wallMs: performance.now() - start, stderr };
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

function highWaterMark(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The process has ended.
  }
}
