// Tries the ways to get a worker on this machine, one after the other, and says what all of them lack when none works.
import module from "node:module";
import { fileURLToPath } from "node:url";
import { findTool } from "../tools/find-tool.ts";
import { missingTool } from "../tools/missing-tool.ts";
import { countLentIds } from "./id-map.ts";
import { readMachineFacts } from "./machine-facts.ts";
import { noIsolationError } from "./no-isolation-error.ts";
import { nodeArguments } from "./node-arguments.ts";
import { StartError, type StartFailure } from "./start-failure.ts";
import { workerEnvironment, type Privilege, type StartTools } from "./worker-command.ts";
import { spawnWorker, type WorkerProcess, type WorkerStart } from "./worker-process.ts";
import { findIdMaps, ownName } from "./write-id-maps.ts";

export interface StartedWorker {
  readonly process: WorkerProcess;
  readonly description: string;
  /** The folder of unpacked layers. */
  readonly unpacked: string;
}

export type StartOptions = Pick<WorkerStart, "folder" | "store" | "signal" | "warn">;

/** @throws {SandboxError} `NO_ISOLATION` */
export async function startWorker(options: StartOptions): Promise<StartedWorker> {
  const isRoot = process.geteuid?.() === 0;
  const ways: readonly Privilege[] = isRoot ? ["root", "user namespace"] : ["user namespace"];
  const failures: StartFailure[] = [];
  for (const way of ways) {
    try {
      return await startOneWay(way, options);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      failures.push(error.failure);
      // What fails inside the namespaces fails in others too.
      if (error.failure.step !== "namespaces") break;
    }
  }
  throw noIsolationError(failures, readMachineFacts(), ownName() ?? String(process.geteuid?.()));
}

async function startOneWay(privilege: Privilege, options: StartOptions): Promise<StartedWorker> {
  const tools = findStartTools(privilege);
  const ids = privilege === "root" ? undefined : findIdMaps();
  const start: WorkerStart = {
    ...options,
    tools,
    privilege,
    ids,
    node: {
      program: process.execPath,
      args: [
        ...nodeArguments(process.execArgv),
        "--disable-warning=ExperimentalWarning", // what it says on stderr is why it has failed
        fileURLToPath(import.meta.resolve("@tsbuild/sandbox/worker")), // of src or of dist
      ],
    },
    env: workerEnvironment(module.getCompileCacheDir()),
  };
  const worker = spawnWorker(start);
  const unpacked = await worker.start(start);
  const who = ids === undefined ? "root" : `user namespace, ${countLentIds(ids.users)} ids`;
  return { process: worker, unpacked, description: `namespaces (${who}, overlayfs)` };
}

function findStartTools(privilege: Privilege): StartTools {
  const pathOf = (name: string) => {
    const path = findTool(name);
    if (path !== undefined) return path;
    const reason = missingTool(name, "make namespaces").message;
    throw new StartError({ privilege, step: "tools", reason });
  };
  pathOf("mount"); // the worker's
  return { setpriv: pathOf("setpriv"), unshare: pathOf("unshare"), sh: pathOf("sh") };
}
