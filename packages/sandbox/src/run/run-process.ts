// Runs one process in a workspace: an overlay of its layers, in mount, PID, IPC, UTS and cgroup namespaces of its own,
// started by programs of this machine. When it has ended nothing of it is left but what it has changed in `upper`.
import { readFileSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { ProcessExit } from "../sandbox.ts";
import { findTool } from "../tools/find-tool.ts";
import { missingTool } from "../tools/missing-tool.ts";
import { checkProcess } from "./check-process.ts";
import { hasDeviceNodes } from "./dev-template.ts";
import { FirstLine } from "./first-line.ts";
import { devFilesFolder, layOutFolder, nameStartPrograms, writeTables } from "./lay-out-folder.ts";
import { countOomKills } from "./oom-kills.ts";
import { findMount, parseMountinfo, type MountPoint } from "./parse-mountinfo.ts";
import { planCovers } from "./plan-covers.ts";
import { planMounts, type MountPlan } from "./plan-mounts.ts";
import { notStarted, setupFailed } from "./run-failure.ts";
import type { RunOrder } from "./run-order.ts";
import { hostnameKept, setupScript, type SetupStep } from "./setup-script.ts";
import { spawnSetup } from "./spawn-setup.ts";
import { startCommand } from "./start-command.ts";

/** The template of /dev, in the worker's folder. */
const devTemplate = "dev";
const defaultShmBytes = 64 * 1024 * 1024;
const killed = 128 + 9;

/**
 * Settles when everything that was started has ended. A process that fails is no error.
 * @throws {SandboxError} `PROCESS_NOT_STARTED`, `MOUNT_FAILED`, `TOOL_MISSING`, `NO_SPACE`, `NO_ISOLATION`
 * @throws what `onOutput` throws; the signal's reason
 */
export async function runProcess(order: RunOrder): Promise<ProcessExit> {
  const { folder, lowers, process } = order;
  if (![folder, ...lowers].every((name) => /^\w+$/.test(name))) {
    throw new TypeError(`Not the names of a workspace and its layers: ${[folder, ...lowers].join(", ")}`);
  }
  checkProcess(process);
  const tools = findTools(process.network);
  layOutFolder(folder, process);
  const names = nameStartPrograms(folder, tools);
  const plan = planAll(order, { source: realpathSync(tools.unshare), target: names.unshare });
  writeTables(folder, plan);
  // env(1) takes a name with an equals sign for a variable.
  const programsAt = resolve(folder).includes("=") ? "/dev" : folder;
  const script = setupScript({
    folder,
    plan,
    tools,
    deviceFolders: [devTemplate, ...(process.devFiles.length === 0 ? [] : [`${folder}/${devFilesFolder}`])],
    hostname: process.hostname,
    cwd: process.cwd,
    createCwd: process.createCwd,
    programsAt: programsAt === folder ? undefined : programsAt,
    start: startCommand(process, {
      // By then the shell is in the new root, and relative names mean nothing.
      setpriv: resolve(programsAt, basename(names.setpriv)),
      env: tools.env,
      unshare: resolve(programsAt, basename(names.unshare)),
    }),
  });
  return execute(order, { script, tools, token: names.token });
}

interface Execution {
  readonly script: string;
  readonly tools: Tools;
  readonly token: string;
}

async function execute(order: RunOrder, { script, tools, token }: Execution): Promise<ProcessExit> {
  const { process } = order;
  const program = process.args[0] ?? "";
  const firstLine = new FirstLine(token, [
    ...["setpriv", "unshare"].map((name) => `${token}-${name}: `),
    ...["env: ", "sh: ", `${tools.env}: `, `${tools.sh}: `],
  ]);
  const killsBefore = countOomKills();
  const { said, complaints } = await spawnSetup({
    tools,
    network: process.network,
    script,
    signal: process.signal,
    onOutput: (stream, bytes) => {
      const passed = stream === "stderr" ? firstLine.push(bytes) : bytes;
      return passed === undefined ? undefined : order.onOutput?.(stream, passed);
    },
  });
  if (said.includes(hostnameKept)) {
    order.warn?.("HOSTNAME_KEPT", `${program} sees this machine's host name: there is no program hostname`);
  }
  if (!said.includes("start" satisfies SetupStep)) throw setupFailed(said, complaints, program);
  // Nobody but the kernel's OOM killer kills the first process of a PID namespace that nobody has cancelled.
  const status = Number(/^exit (\d+)$/.exec(said.at(-1) ?? "")?.[1] ?? killed);
  const first = firstLine.end();
  if ("complaint" in first) throw notStarted(first.complaint, { token, status, program });
  if (first.rest !== undefined) await order.onOutput?.("stderr", first.rest);
  return { status, outOfMemory: status === killed && countOomKills() > killsBefore };
}

type Tools = ReturnType<typeof findTools>;

function findTools(network: "host" | "none") {
  const find = (name: string, needed = "run a process"): string => {
    const path = findTool(name);
    if (path === undefined) throw missingTool(name, needed);
    return path;
  };
  return {
    unshare: find("unshare"),
    setpriv: find("setpriv"),
    sh: find("sh"),
    env: find("env"),
    mount: find("mount"),
    cp: find("cp"),
    mkdir: find("mkdir"),
    hostname: findTool("hostname"),
    ip: network === "none" ? find("ip", "run a process without a network") : undefined,
  };
}

function planAll(order: RunOrder, unshare: { readonly source: string; readonly target: string }): MountPlan {
  const { folder, lowers, machine, process } = order;
  const mounts = parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"));
  const plan = planMounts({
    folder,
    lowers,
    machine,
    network: process.network,
    files: process.files,
    shmBytes: process.shmBytes ?? defaultShmBytes,
    hasOwnNodes: hasDeviceNodes(devTemplate),
    sysMounts: findSysMounts(mounts),
    unshare: { ...unshare, options: findMount(mounts, unshare.source)?.options ?? [] },
  });
  if (!machine.isRoot) return plan;
  const { entries, outOfReach } = planCovers(mounts);
  for (const path of outOfReach) {
    order.warn?.("MACHINE_VISIBLE", `${path} of this machine cannot be hidden from a process: unmount it`);
  }
  return { ...plan, second: [...plan.second, ...entries] };
}

/** The upper ones: hiding them hides what is below. */
function findSysMounts(mounts: readonly MountPoint[]): string[] {
  const paths = mounts.map(({ path }) => path).filter((path) => path.startsWith("/sys/"));
  return paths.flatMap((path) =>
    paths.some((other) => path.startsWith(`${other}/`)) ? [] : [path.slice(1)],
  );
}
