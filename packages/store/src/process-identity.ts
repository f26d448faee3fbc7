// Which process owns a temporary folder, and whether it still runs. A process ID alone comes back after a
// while, after a boot, and in every container: so the name also has the start time, the boot and the PID
// namespace, where the system tells them (Linux). Elsewhere it is the process ID alone.
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

const form = /^(\d+)-(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})$/;

/** A name for this process, fit for a file name: the same as long as it runs, and no other process's. */
export function processIdentity(): string {
  const { start, namespace, boot, host } = surroundings();
  return [process.pid, start ?? 0, namespace, boot, host].join("-");
}

/**
 * Whether the process of this name runs: `unknown` when it lives, or lived, where this process can't see it
 * (another container, another machine on a shared disk). Names of any other form are `unknown` too.
 */
export function processState(identity: string): "running" | "ended" | "unknown" {
  const [, pid, start, namespace, boot, host] = form.exec(identity) ?? [];
  if (pid === undefined) return "unknown";
  const here = surroundings();
  if (boot !== here.boot) return host === here.host ? "ended" : "unknown";
  if (namespace !== here.namespace) return "unknown";
  if (here.start === undefined && host !== here.host) return "unknown";
  if (!exists(Number(pid))) return "ended";
  const found = startTime(pid);
  return found === undefined || found === start ? "running" : "ended";
}

function surroundings(): { start: string | undefined; namespace: string; boot: string; host: string } {
  return {
    start: startTime("self"),
    namespace: /\d+/.exec(attempt(() => readlinkSync("/proc/self/ns/pid")) ?? "")?.[0] ?? "0",
    boot: short(attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1")) ?? ""),
    host: short(hostname()),
  };
}

/** Field 22 of /proc/PID/stat; the second, the program's name, may have spaces and brackets. */
function startTime(pid: string): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
