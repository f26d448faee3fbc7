// What to install when a program is not there: the packages that Debian and Alpine have it in.
import { SandboxError } from "../sandbox-error.ts";

/** Packages that differ from the program's name, by program: Debian's, and Alpine's where it is another. */
const packages = new Map<string, readonly [debian: string, alpine?: string]>([
  ["getfattr", ["attr"]],
  ["setfattr", ["attr"]],
  ["unshare", ["util-linux"]],
  ["setpriv", ["util-linux"]],
  ["mount", ["mount", "util-linux"]],
  ["newuidmap", ["uidmap", "shadow-uidmap"]],
  ["newgidmap", ["uidmap", "shadow-uidmap"]],
  ["ip", ["iproute2"]],
  ["sh", ["dash", "busybox"]],
  ["xargs", ["findutils"]],
  ...["chmod", "cp", "env", "mkdir", "mkfifo", "mknod", "rm"].map((name) => [name, ["coreutils"]] as const),
]);

/** @param needed what cannot be done without: "run mknod", "set extended attributes" */
export function missingTool(tool: string, needed = `run ${tool}`): SandboxError {
  const [debian, alpine = debian] = packages.get(tool) ?? [tool];
  const install = debian === alpine ? `the package ${debian}` : `${debian} (Debian) or ${alpine} (Alpine)`;
  return new SandboxError(
    "TOOL_MISSING",
    `Cannot ${needed}: this machine has no program ${tool}; install ${install}`,
    { facts: { tool, reason: `no program ${tool}` } },
  );
}
