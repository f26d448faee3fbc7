// The command lines that put a Node process into namespaces of its own, from which nothing is left when it, the process
// that started it, or the one in between is killed.
import { toolSearchPath } from "../tools/find-tool.ts";

/** Absolute paths. */
export interface StartTools {
  readonly setpriv: string;
  readonly unshare: string;
  readonly sh: string;
}

/** How the worker gets its privilege: it is root already, or root of a user namespace. */
export type Privilege = "root" | "user namespace";

export interface NodeCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** What a shell in a new user namespace says when its IDs may be mapped, and what it waits for. */
export const readyToMap = "ready";
export const mapped = "mapped";

/**
 * `setpriv` ties `unshare` to our thread, and `unshare` ties the worker, the first process of its PID namespace, to
 * itself: with the worker all that it has started ends, and its mounts.
 */
export function workerCommand(tools: StartTools, privilege: Privilege, node: NodeCommand): NodeCommand {
  const isUser = privilege === "user namespace";
  return {
    program: tools.setpriv,
    args: [
      ...["--pdeathsig", "KILL", "--", tools.unshare],
      ...(isUser ? ["--user"] : []),
      ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "--"],
      // The kernel forgets who is to be told of a death when a program gains privilege by being executed: said again.
      ...(isUser ? [tools.sh, "-c", waitForMaps, "sh", tools.setpriv, "--pdeathsig", "KILL", "--"] : []),
      node.program,
      ...node.args,
    ],
  };
}

// A process has no privilege in its namespace as long as it has no ID there; the next program that it executes has.
const waitForMaps = `echo ${readyToMap} && read -r answer && [ "$answer" = ${mapped} ] && exec "$@" </dev/null >/dev/null`;

/** All that the worker gets of our environment: the folder of the compile cache, if there is one. */
export function workerEnvironment(compileCache: string | undefined): Record<string, string> {
  return {
    PATH: toolSearchPath,
    ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
  };
}
