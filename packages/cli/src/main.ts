// The process: signals, pipes that break, exit status. Everything else is in run-cli.ts.
import { writeSync } from "node:fs";
import type { CommandIo } from "./command-io.ts";
import { Interruption, OutputLost } from "./interrupt.ts";
import { showCursor } from "./progress/show-cursor.ts";
import { runCli } from "./run-cli.ts";

const controller = new AbortController();

// What runs after the first signal should be over in a moment; what the system does not give back has no end.
const graceMs = 10_000;

// The first signal ends what runs in good order, the second ends the process.
function onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  if (controller.signal.aborted) dieBy(signal);
  controller.abort(new Interruption(signal));
  setTimeout(() => dieBy(signal), graceMs).unref();
}

// Not by process.exit(), which waits for calls in the thread pool: one that is stuck would keep us for ever.
function dieBy(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  restoreCursor();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => onSignal(signal));

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") {
    controller.abort(new Interruption("SIGPIPE"));
    return;
  }
  const lost = new OutputLost(error);
  // The command may be over already, with nobody left to report to.
  process.stderr.write(`ERROR: ${lost.message}\n`);
  controller.abort(lost);
});
// Without a reader of progress the work goes on.
process.stderr.on("error", () => {});

// A promise that nothing can keep any more lets the process end with what it waits for undone: never as if all were well.
const unfinished = 13;
process.exitCode = unfinished;

process.on("exit", () => {
  restoreCursor();
  if (process.exitCode === unfinished) {
    writeLastWords("ERROR: Cannot go on: tsbuild waits for something that will not come; please report it\n");
    process.exitCode = 1;
  }
  if (controller.signal.reason instanceof OutputLost) process.exitCode = 1;
});

function restoreCursor(): void {
  if (process.stderr.isTTY) writeLastWords(showCursor);
}

function writeLastWords(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // The terminal is gone.
  }
}

const io: CommandIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  now: () => performance.now(),
};

process.exitCode = await runCli(process.argv.slice(2), io);
