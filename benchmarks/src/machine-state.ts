// How busy the machine is with others' work. Looked at while the benchmark itself does nothing, since the kernel's
// averages would mostly tell of the run before.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

interface CpuTicks {
  readonly busy: number;
  readonly all: number;
  /** Given by the hypervisor to somebody else. */
  readonly stolen: number;
}

/** Above this share of the CPUs, what is measured is the others. */
const quiet = 0.2;

/** Waits until little else runs, at most a minute. Resolves to the share of the CPUs (0 to 1) that others use. */
export async function waitForQuiet(): Promise<number> {
  let share = 1;
  for (let attempt = 0; attempt < 30 && share > quiet; attempt += 1) {
    const before = readTicks();
    await sleep(2000);
    const after = readTicks();
    share = (after.busy - before.busy) / Math.max(1, after.all - before.all);
  }
  return share;
}

export function readStolenTicks(): number {
  return readTicks().stolen;
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
function readTicks(): CpuTicks {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  const [idle = 0, waiting = 0, stolen = 0] = [ticks[3], ticks[4], ticks[7]];
  const all = ticks.reduce((sum, one) => sum + one, 0);
  return { busy: all - idle - waiting, all, stolen };
}
