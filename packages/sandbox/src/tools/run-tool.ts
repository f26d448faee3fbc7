// One way to run a program of this machine: by its absolute path, without a shell, and with nothing of our environment.
// Apart from those of @tsbuild/layer, whose programs have one meaning for each status, and give bytes that must stream.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { SandboxError } from "../sandbox-error.ts";
import { findTool, toolSearchPath } from "./find-tool.ts";
import { missingTool } from "./missing-tool.ts";

const stderrLimit = 64 * 1024;

export interface ToolOptions {
  /** For its stdin, which is else empty. A tool that does not read to the end fails by its status, not by this. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Default `/`. */
  readonly cwd?: string;
  /** Kills the tool. */
  readonly signal?: AbortSignal | undefined;
}

export interface ToolResult {
  /** 128 and the number of the signal for one that was killed. */
  readonly status: number;
  readonly stdout: Buffer;
  /** The first 64 KiB. */
  readonly stderr: string;
}

/**
 * Any status is a result; what it means is the caller's to say.
 * @throws {SandboxError} `TOOL_MISSING` with the package to install
 */
export async function runTool(
  name: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { signal, input = new Uint8Array() } = options;
  signal?.throwIfAborted();
  const program = findTool(name);
  if (program === undefined) throw missingTool(name);
  const child = spawn(program, args, {
    stdio: "pipe",
    env: { PATH: toolSearchPath, LC_ALL: "C" },
    cwd: options.cwd ?? "/",
    shell: false,
  });
  // Where no descriptor is left it has no streams either, whatever its type says.
  if (child.pid === undefined) throw await startFailure(name, child);
  const kill = () => {
    child.kill("SIGKILL");
    // What the tool has started may live on and hold its pipes.
    for (const stream of child.stdio) stream?.destroy();
  };
  signal?.addEventListener("abort", kill, { once: true });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < stderrLimit) stderr += text.slice(0, stderrLimit - stderr.length);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject); // of a signal that could not be sent
    child.once("close", (code, killer) => resolve(code ?? 128 + signalNumber(killer)));
  });
  // The tool may end before its input does.
  const fed = feed(input, child.stdin).then(() => ended);
  try {
    const status = await Promise.race([ended, fed]);
    signal?.throwIfAborted();
    return { status, stdout: Buffer.concat(stdout), stderr };
  } catch (error) {
    kill();
    signal?.throwIfAborted();
    throw error;
  } finally {
    fed.catch(() => undefined); // a tool that has ended needs no more input
    signal?.removeEventListener("abort", kill);
  }
}

/** Rejects when the source does; a tool that stops reading says why by its status. */
async function feed(input: NonNullable<ToolOptions["input"]>, stdin: Writable): Promise<void> {
  stdin.on("error", () => undefined);
  if (input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  for await (const chunk of input) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await drained(stdin);
  }
  stdin.end();
}

async function drained(stdin: Writable): Promise<void> {
  if (stdin.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stdin.off("drain", done).off("close", done);
      resolve();
    };
    stdin.once("drain", done).once("close", done);
  });
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}

async function startFailure(tool: string, child: ChildProcess): Promise<SandboxError> {
  const [cause] = (await once(child, "error")) as [NodeJS.ErrnoException];
  const remedy =
    cause.code === "EMFILE" || cause.code === "ENFILE" || cause.code === "EAGAIN"
      ? "raise the limits on open files and processes (ulimit -n, ulimit -u)"
      : "see whether the program works in a shell";
  return new SandboxError("TOOL_MISSING", `Cannot run ${tool}: ${cause.message}; ${remedy}`, {
    facts: { tool, reason: cause.message },
    cause,
  });
}
