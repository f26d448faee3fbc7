// One worker process from its start to its end: namespaces, IDs, and the first answer, which says whether this machine
// can do what a sandbox needs.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { FromWorker, ToWorker } from "../channel/message.ts";
import type { Port } from "../channel/port.ts";
import { WorkerChannel, type WorkerNotice } from "../channel/worker-channel.ts";
import { SandboxError } from "../sandbox-error.ts";
import type { SandboxWarningCode } from "../sandbox.ts";
import { keepTail } from "./keep-tail.ts";
import { StartError, type StartFailure } from "./start-failure.ts";
import { mapped, readyToMap, workerCommand, type NodeCommand, type StartTools } from "./worker-command.ts";
import type { Privilege } from "./worker-command.ts";
import type { IdMaps } from "./write-id-maps.ts";

/** A machine that is busy beyond measure starts Node in this time. */
const patienceMs = 60_000;
/** How long a worker that has tidied up may take to end. */
const farewellMs = 10_000;

/** What the programs before Node say when they fail. */
const isOfStarter = /^(setpriv|unshare|sh|\/\S*\/(setpriv|unshare|sh)): /;

export interface WorkerStart {
  readonly tools: StartTools;
  readonly privilege: Privilege;
  /** For a user namespace. */
  readonly ids: IdMaps | undefined;
  readonly node: NodeCommand;
  readonly env: Readonly<Record<string, string>>;
  /** The worker's folder. */
  readonly folder: string;
  /** The store's root folder. */
  readonly store: string;
  readonly signal: AbortSignal | undefined;
  warn(code: SandboxWarningCode, message: string): void;
}

export class WorkerProcess {
  readonly channel: WorkerChannel;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #answer: (notice: Exclude<WorkerNotice, { kind: "warning" }>) => void = () => undefined;

  constructor(child: ChildProcess, warn: (code: SandboxWarningCode, message: string) => void) {
    this.#child = child;
    const said = keepTail(child.stderr, 4096);
    this.channel = new WorkerChannel(portOf(child), (notice) => {
      if (notice.kind === "warning") warn(notice.code, notice.message);
      else this.#answer(notice);
    });
    this.#ended = endOf(child).then((end) => lastWords(said()) || end);
    void this.#ended.then((reason) => this.channel.end(workerDied(reason)));
  }

  /** Waits for the first answer: the folder of unpacked layers. Throws a StartError, or the signal's reason. */
  async start({ privilege, ids, store, signal }: WorkerStart): Promise<string> {
    const failed = (step: StartFailure["step"], reason: string) =>
      new StartError({ privilege, step, reason });
    const stop = new AbortController();
    const answer = new Promise<string>((resolve, reject) => {
      this.#answer = (notice) => {
        if (notice.kind === "ready") resolve(notice.unpacked);
        else reject(failed(notice.step, notice.reason));
      };
      const timer = setTimeout(
        () => reject(failed("answer", `it has not answered in ${patienceMs / 1000} s`)),
        patienceMs,
      );
      const abort = () => reject(signal?.reason as Error);
      signal?.addEventListener("abort", abort, { once: true });
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      });
    });
    const ended = this.#ended.then((reason) => {
      throw failed(isOfStarter.test(reason) ? "namespaces" : "worker", reason);
    });
    for (const one of [answer, ended]) one.catch(() => undefined); // whoever comes first is heard
    try {
      signal?.throwIfAborted();
      const told = this.#mapIds(ids).then(() => send(this.#child, { kind: "start", store }));
      return await Promise.race([ended, told.then(() => answer), answer]);
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      stop.abort();
    }
  }

  /** Everything of it is gone when this resolves. */
  async kill(): Promise<void> {
    killWhole(this.#child);
    // Its first process may not have been there yet to be found: one that comes after ends without us.
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  /** Lets it tidy up and end. */
  async close(): Promise<void> {
    if (this.channel.isOpen) {
      await this.channel.command("close", undefined).catch((error: unknown) => {
        if (this.channel.isOpen) throw error;
      });
      if (this.#child.connected) this.#child.disconnect();
    }
    const timer = setTimeout(() => killWhole(this.#child), farewellMs);
    await this.#ended;
    clearTimeout(timer);
  }

  async #mapIds(ids: IdMaps | undefined): Promise<void> {
    const { stdin, stdout, pid } = this.#child;
    if (ids === undefined || stdin === null || stdout === null || pid === undefined) return;
    stdin.on("error", () => undefined); // it may end before it reads
    const [word] = (await once(stdout, "data")) as [Buffer];
    if (word.toString().trim() !== readyToMap) return;
    await ids.write(pid);
    stdin.end(`${mapped}\n`);
  }
}

/** Starts the process; `start` of the result waits for it. */
export function spawnWorker(start: WorkerStart): WorkerProcess {
  const { program, args } = workerCommand(start.tools, start.privilege, start.node);
  const pipe = start.privilege === "root" ? "ignore" : "pipe";
  const child = spawn(program, args, {
    stdio: [pipe, pipe, "pipe", "ipc"],
    serialization: "advanced",
    env: start.env,
    cwd: start.folder,
    // In a session of its own: what is typed at our terminal (Ctrl-C) is for us, and no process inside can reach it.
    detached: true,
    shell: false,
  });
  if (child.pid === undefined) {
    child.on("error", () => undefined); // it has no streams to hear more from
    const reason =
      "no process can be started; more descriptors (ulimit -n) or processes (ulimit -u) may help";
    throw new StartError({ privilege: start.privilege, step: "worker", reason });
  }
  return new WorkerProcess(child, (code, message) => start.warn(code, message));
}

/** unshare(1) of util-linux 2.38 says this, and exits with 1, when what it has started was killed. */
function lastWords(said: string): string {
  return said
    .trim()
    .replace(/^unshare: sigprocmask unblock failed: .*$/m, "it was killed")
    .trim();
}

/** How it ended, when nothing is left to be read from it. (Its `close` does not come after a `disconnect` of ours.) */
async function endOf(child: ChildProcess): Promise<string> {
  const failed = new Promise<string>((resolve) => {
    // Later ones are of signals and messages that came too late.
    child.on("error", (error) => child.pid === undefined && resolve(error.message));
  });
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `it exited with ${code}` : `it was ended by ${signal}`),
    );
  });
  const disconnected = new Promise<void>((resolve) => child.once("disconnect", resolve));
  const silent = new Promise<void>((resolve) => child.stderr?.once("close", resolve));
  return Promise.race([failed, Promise.all([exited, disconnected, silent]).then(([end]) => end)]);
}

function portOf(child: ChildProcess): Port<ToWorker, FromWorker> {
  return {
    send: (message) => send(child, message),
    onMessage: (receive) => child.on("message", receive as (message: unknown) => void),
  };
}

/**
 * Kills the first process of the namespace, if it can be found: `unshare` waits until all that were in there are gone.
 * The other way round it would go first, and they right after it.
 */
function killWhole(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
    if (first !== undefined && first !== "") {
      process.kill(Number(first), "SIGKILL");
      return;
    }
  } catch {
    // not every kernel has that file
  }
  child.kill("SIGKILL");
}

/** What cannot be sent any more has an end that is told otherwise. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

function workerDied(reason: string): SandboxError {
  return new SandboxError(
    "WORKER_DIED",
    `Cannot go on with the sandbox: its worker process has ended: ${reason}; if this machine has run out of memory, give it more`,
    { facts: { reason } },
  );
}
