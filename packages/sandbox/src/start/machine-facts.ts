// What on this machine bears on namespaces: the switches that distributions and containers set against them.
import { readFileSync } from "node:fs";

export interface MachineFacts {
  /** Undefined where this kernel has no such limit. */
  readonly maxUserNamespaces: number | undefined;
  /** Debian's own switch. */
  readonly unprivilegedClone: boolean;
  /** Ubuntu's, since 23.10. */
  readonly apparmorRestricts: boolean;
  /** A system call filter is on us, as in every container. */
  readonly seccomp: boolean;
  /** Programs with the setuid bit get nothing by it. */
  readonly noNewPrivileges: boolean;
}

export function readMachineFacts(): MachineFacts {
  const maxUserNamespaces = readText("/proc/sys/user/max_user_namespaces");
  const status = readText("/proc/self/status") ?? "";
  return {
    maxUserNamespaces: maxUserNamespaces === undefined ? undefined : Number(maxUserNamespaces),
    unprivilegedClone: readText("/proc/sys/kernel/unprivileged_userns_clone") !== "0",
    apparmorRestricts: readText("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1",
    seccomp: /^Seccomp:\s*2$/m.test(status),
    noNewPrivileges: /^NoNewPrivs:\s*1$/m.test(status),
  };
}

/** Undefined when there is no such file, or it is none of ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}
