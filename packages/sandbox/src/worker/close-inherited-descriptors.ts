// Closes what whoever started the build had open and did not mean for us: an open folder of the machine that reaches a RUN
// is a way out of its root (CVE-2024-21626).
import { closeSync, readdirSync, readFileSync } from "node:fs";

const O_CLOEXEC = 0o2000000;

/** Closes all descriptors that a program started from here would inherit, but the standard ones and Node's channel. */
export function closeInheritedDescriptors(): void {
  const channel = (process.channel as { readonly fd?: number } | undefined)?.fd;
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (fd > 2 && fd !== channel && isInheritable(fd)) closeSync(fd);
  }
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false; // the one that the folder was read by
  }
}
