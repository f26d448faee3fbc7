// Bytes through a system program that reads stdin and writes stdout. It gets no shell and none of our
// environment, and it dies when the reader stops or the signal fires. Apart from those that read attributes, whose complaints
// may be harmless.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import type { Bytes } from "@tsbuild/store";
import { LayerError } from "../layer-error.ts";
import type { DecompressionMeter } from "./decompress-limits.ts";
import { corrupt } from "./run-decoder.ts";

const stderrLimit = 4096;

export interface ProgramCall {
  /** An absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** What is decompressed, for messages: "xz". */
  readonly format: string;
}

/** @throws {LayerError} `COMPRESSION_CORRUPT` when the program fails, with what it said. */
export async function* runProgram(
  source: Bytes,
  call: ProgramCall,
  meter: DecompressionMeter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(call.program, call.args, {
    stdio: "pipe",
    env: { LC_ALL: "C" },
    cwd: "/",
    shell: false,
  });
  // Where no descriptor is left it has no streams either, whatever its type says.
  if (child.pid === undefined) throw notStarted(call, ((await once(child, "error")) as [Error])[0]);
  const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }));
    child.once("close", (code) => resolve({ code }));
  });
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (said.length < stderrLimit) said += text;
  });
  let sourceError: unknown;
  // A program that gives up closes its stdin; why it did is in its exit code and on its stderr.
  const fed = pipeline(
    keepError(source, (error) => (sourceError = error)),
    child.stdin,
  ).catch(() => {
    if (sourceError !== undefined) kill();
  });
  try {
    for await (const chunk of child.stdout) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a pipe gave no bytes");
      meter.countOut(chunk.length);
      yield chunk;
    }
    const { code, error } = await ended;
    signal?.throwIfAborted();
    await fed;
    if (sourceError !== undefined) throw sourceError;
    if (error) throw notStarted(call, error);
    if (code !== 0)
      throw corrupt(call.format, said.trim().slice(0, stderrLimit) || `the program ended with ${code}`);
  } finally {
    signal?.removeEventListener("abort", kill);
    kill();
  }
}

async function* keepError(
  source: Bytes,
  keep: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* source;
  } catch (error) {
    keep(error);
    throw error;
  }
}

function notStarted(call: ProgramCall, cause: Error): LayerError {
  const reason = `${call.program} can't be started`;
  return new LayerError("COMPRESSION_UNSUPPORTED", `Cannot decompress ${call.format}: ${reason}`, {
    cause,
    facts: { reason },
  });
}
