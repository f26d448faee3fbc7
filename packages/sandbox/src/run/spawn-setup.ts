// Starts the shell in namespaces of its own and listens to it: how far it is, what it complains of, what the process
// prints. Killing it ends all of them.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { SandboxError } from "../sandbox-error.ts";
import { toolSearchPath } from "../tools/find-tool.ts";
import { closeWriters, openPipes } from "./open-pipes.ts";
import { passOn } from "./pass-on.ts";
import type { OutputStream } from "./run-order.ts";

export interface SetupCommand {
  /** Absolute paths. */
  readonly tools: { readonly unshare: string; readonly sh: string };
  readonly network: "host" | "none";
  readonly script: string;
  readonly signal: AbortSignal | undefined;
  onOutput(stream: OutputStream, bytes: Uint8Array): Promise<void> | void;
}

export interface SetupResult {
  /** The lines that the shell has said on descriptor 3. */
  readonly said: readonly string[];
  /** What the programs of the set-up have complained of. */
  readonly complaints: string;
}

/** In the worker's folder. */
const pipeStock = "pipes";
/** Nobody needs more of it to know what is wrong. */
const complaintsLimit = 16 * 1024;

/**
 * Settles when everything in the namespaces has ended.
 * @throws {SandboxError} `PROCESS_NOT_STARTED`, `TOOL_MISSING`; what `onOutput` throws; the signal's reason
 */
export async function spawnSetup(command: SetupCommand): Promise<SetupResult> {
  const { signal } = command;
  const pipes = await openPipes(pipeStock);
  let child: ChildProcess;
  try {
    signal?.throwIfAborted();
    child = spawnShell(command, pipes.writers);
  } catch (error) {
    for (const reader of pipes.readers) reader.destroy();
    throw error;
  } finally {
    closeWriters(pipes);
  }
  if (child.pid === undefined) {
    for (const reader of pipes.readers) reader.destroy();
    throw await startFailure(child);
  }
  const said = keepText(child.stdio[3] as Readable, Infinity);
  const complaints = keepText(child.stdio[2] as Readable, complaintsLimit);
  const stopped = new AbortController();
  const kill = killer(child);
  const stop = () => {
    stopped.abort();
    kill();
  };
  signal?.addEventListener("abort", stop, { once: true });
  const [stdout, stderr] = pipes.readers;
  const listening = [
    ended(child),
    passOn(stdout, (bytes) => command.onOutput("stdout", bytes), stopped.signal),
    passOn(stderr, (bytes) => command.onOutput("stderr", bytes), stopped.signal),
  ];
  try {
    await Promise.all(listening);
  } catch (error) {
    stop();
    await Promise.allSettled(listening);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  signal?.throwIfAborted();
  return { said: said().split("\n").slice(0, -1), complaints: complaints().trim() };
}

function spawnShell(command: SetupCommand, outputs: readonly [number, number]): ChildProcess {
  const { tools, network, script } = command;
  const child = spawn(
    tools.unshare,
    [
      ...["--mount", "--pid", "--ipc", "--uts", "--cgroup"],
      ...(network === "none" ? ["--net"] : []),
      ...["--fork", "--kill-child=KILL", "--propagation", "private", "--", tools.sh, "-s"],
    ],
    {
      stdio: ["pipe", "ignore", "pipe", "pipe", ...outputs],
      // Since 2.39 mount(8) cuts options at 255 bytes unless it is told to use the old system call (util-linux #2287).
      env: { PATH: toolSearchPath, LC_ALL: "C", LIBMOUNT_FORCE_MOUNT2: "always" },
      // A session of its own: else the process would have the terminal of whoever builds, and could type into it.
      detached: true,
    },
  );
  // A shell that has given up does not read on; why is in its complaints. So the script is in no file: it has variables.
  child.stdin?.on("error", () => undefined).end(script);
  return child;
}

/** unshare(1) ties the shell to itself only after it has made it: one killed before that would leave it behind. */
function killer(child: ChildProcess): () => void {
  let [isTied, isWanted] = [false, false];
  child.stdio[3]?.once("data", () => {
    isTied = true;
    if (isWanted) child.kill("SIGKILL");
  });
  return () => {
    isWanted = true;
    if (isTied) child.kill("SIGKILL");
  };
}

function keepText(stream: Readable, limit: number): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    if (text.length < limit) text += piece.slice(0, limit - text.length);
  });
  stream.on("error", () => undefined); // what is missing then is missed by whoever reads the text
  return () => text;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once("close", () => resolve()));
}

async function startFailure(child: ChildProcess): Promise<SandboxError> {
  const [cause] = (await once(child, "error")) as [Error];
  const reason = cause.message;
  return new SandboxError(
    "PROCESS_NOT_STARTED",
    `Cannot run unshare: ${reason}; see whether it works in a shell`,
    { facts: { tool: "unshare", reason }, cause },
  );
}
