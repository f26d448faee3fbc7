// Starts the command and kills it, without any chance to tidy up, after so many milliseconds.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { tsbuildCommand } from "../command/run-tsbuild.ts";

/** Whether it was still running when the time came. Resolves when the process is gone. */
export async function killAt(
  args: readonly string[],
  afterMs: number,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const [node, ...script] = tsbuildCommand;
  const child = spawn(node, [...script, ...args], { stdio: "ignore", env });
  const ended = once(child, "close");
  const timer = new AbortController();
  const inTime = await Promise.race([
    ended.then(() => false),
    sleep(afterMs, true, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (inTime) child.kill("SIGKILL");
  await ended;
  return inTime && child.signalCode === "SIGKILL";
}

/** Numbers between 0 and 1, the same for the same seed. */
export function* seededNumbers(seed: number): Generator<number, never> {
  let state = seed | 0 || 1;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}
