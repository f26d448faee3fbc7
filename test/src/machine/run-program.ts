// Runs one program to its end and gives back what it printed: for short-lived tools (skopeo, umoci, tsbuild).
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface RunOptions {
  readonly cwd?: string;
  /** Replaces the whole environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** The program is killed then (default ten minutes), so that a hanging tool fails one test and not the run. */
  readonly timeoutMs?: number;
}

export interface Finished {
  readonly command: string;
  /** The exit status; -1 when a signal ended it. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves however the program ended; rejects only when it could not be started. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input, timeoutMs = 600_000 }: RunOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  // A program may end without reading its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [{ code, signal }, stdout, stderr] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { command: [program, ...args].join(" "), status: code ?? -1, signal, stdout, stderr };
}

/** As runProgram, but a failure is an error that shows what the program said. Resolves to standard output. */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const finished = await runProgram(program, args, options);
  if (finished.status !== 0) throw new Error(describeFailure(finished));
  return finished.stdout;
}

export function describeFailure({ command, status, signal, stdout, stderr }: Finished): string {
  const end = signal === null ? `exit status ${status}` : signal;
  return `Cannot run ${command}: ${end}\n${stderr.slice(-4000)}${stdout.slice(-1000)}`;
}
