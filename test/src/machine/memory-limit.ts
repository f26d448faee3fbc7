// A control group with a limit of memory, for one test: of either version, whichever this machine has.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface MemoryLimit extends Disposable {
  /** Runs a command, and all that it starts, within the limit. */
  command(command: readonly string[]): [string, ...string[]];
}

const hierarchies = [
  { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" },
  { root: "/sys/fs/cgroup", limit: "memory.max" },
];

/** Undefined when no such group can be made here. */
export function limitMemory(bytes: number): MemoryLimit | undefined {
  for (const { root, limit } of hierarchies) {
    const group = join(root, `tsbuild-test-${process.pid}`);
    try {
      mkdirSync(group);
      if (!existsSync(join(group, limit))) {
        rmdirSync(group);
        continue;
      }
      writeFileSync(join(group, limit), String(bytes));
      return {
        command: (command) => ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"', group, ...command],
        [Symbol.dispose]: () => rmdirSync(group),
      };
    } catch {
      // Not this one: no control groups of this version, or not ours to make.
    }
  }
  return undefined;
}
