// Variables on which a program of this machine would act: between the cleared environment and the process itself stands
// unshare(1), still outside the root, and an image must not load its libraries into that.
// The list is glibc's own of what a setuid program must not be given (sysdeps/generic/unsecvars.h), without TMPDIR and
// TZDIR, which only name folders; and musl's.

const names = new Set([
  "GCONV_PATH",
  "GETCONF_DIR",
  "GLIBC_TUNABLES",
  "HOSTALIASES",
  "LOCALDOMAIN",
  "LOCPATH",
  "MUSL_LOCPATH",
  "NIS_PATH",
  "NLSPATH",
  "RESOLV_HOST_CONF",
  "RES_OPTIONS",
]);

export type Variable = readonly [name: string, value: string];

export function actsOnThisMachine(name: string): boolean {
  return name.startsWith("LD_") || name.startsWith("MALLOC_") || names.has(name);
}

/** Those that can be set before the root is entered, and those that only a program inside may set. */
export function splitVariables(env: readonly Variable[]): { outside: Variable[]; inside: Variable[] } {
  return {
    outside: env.filter(([name]) => !actsOnThisMachine(name)),
    inside: env.filter(([name]) => actsOnThisMachine(name)),
  };
}
