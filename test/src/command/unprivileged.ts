// A place without any privilege: another user where that is possible, no capabilities, and no namespaces to be made,
// since `max_user_namespaces` is 0 inside a user namespace of its own. The machine itself is not changed.
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { findProgram } from "../machine/find-program.ts";
import { isRoot } from "../machine/requirement.ts";
import { checkout } from "./run-tsbuild.ts";

const nobody = 65_534;

/** The command line that runs another one there. */
export function unprivilegedCommand(command: readonly string[]): {
  program: string;
  args: string[];
  uid: number;
} {
  const canDrop = isRoot() && everyoneCanReach(checkout);
  const drop = canDrop ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
  const script = [
    "echo 0 > /proc/sys/user/max_user_namespaces",
    "! unshare --user true 2>/dev/null",
    'exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"',
  ].join(" && ");
  const [program = "", ...args] = [
    ...drop,
    "unshare",
    "--user",
    "--map-root-user",
    "sh",
    "-c",
    script,
    "sh",
    ...command,
  ];
  return {
    program: findProgram(program) ?? program,
    args,
    uid: canDrop ? nobody : (process.getuid?.() ?? 0),
  };
}

/** Whether every folder on the way can be entered by others, so that another user can read what is in it. */
function everyoneCanReach(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  return path === dirname(path) || everyoneCanReach(dirname(path));
}
