// Whether the kernel has killed for want of memory: a process that it kills looks like one that anybody has killed.
import { readFileSync } from "node:fs";

/** All such kills since the boot; a kernel that does not count has none. */
export function countOomKills(): number {
  try {
    return parseOomKills(readFileSync("/proc/vmstat", "latin1"));
  } catch {
    return 0;
  }
}

export function parseOomKills(vmstat: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(vmstat)?.[1] ?? 0);
}
