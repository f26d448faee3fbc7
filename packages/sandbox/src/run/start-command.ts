// The last line of the set-up: programs of this machine that execute one another, each taking something away, until the
// process is there: capabilities and groups (setpriv), the environment (env), the root and the user (unshare).
import { splitVariables } from "./host-variables.ts";
import type { RunnableProcess } from "./run-order.ts";

/** Absolute paths of programs of this machine, of no use to the process. */
export interface StartPrograms {
  readonly setpriv: string;
  readonly env: string;
  readonly unshare: string;
}

// Those of Docker. None of them lets a process change its mounts.
const capabilities = [
  ...["chown", "dac_override", "fsetid", "fowner", "mknod", "net_raw", "setgid", "setuid", "setfcap"],
  ...["setpcap", "net_bind_service", "sys_chroot", "kill", "audit_write"],
];

export function startCommand(process: RunnableProcess, programs: StartPrograms): string[] {
  const { user } = process;
  const { outside } = splitVariables(process.env);
  return [
    programs.setpriv,
    ...["--inh-caps=-all", "--ambient-caps=-all"],
    `--bounding-set=-all,${capabilities.map((name) => `+${name}`).join(",")}`,
    ...["--regid", `${user.gid}`],
    ...(user.groups.length === 0 ? ["--clear-groups"] : ["--groups", user.groups.join(",")]),
    ...["--", programs.env, "-i", "--", ...outside.map(assignment)],
    // The new root is mounted upon `/`, which for programs that have the old root is `/` no longer, but above it.
    // The folder is the shell's: a name would be looked up by a program that is not yet in the root.
    ...[programs.unshare, "--root=/..", "--wd=.", "--setuid", `${user.uid}`, "--"],
    ...commandInside(process),
  ];
}

function commandInside({ args, env, envProgram }: RunnableProcess): readonly string[] {
  const { inside } = splitVariables(env);
  if (inside.length === 0 || envProgram === undefined) return args;
  return [envProgram, ...inside.map(assignment), ...args];
}

function assignment([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}
