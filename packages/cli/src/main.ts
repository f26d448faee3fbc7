// The process: signals, pipes that break, exit status. Everything else is in run-cli.ts.
import { writeSync } from "node:fs";
import type { CommandIo } from "./command-io.ts";
import { Interruption } from "./interrupt.ts";
import { showCursor } from "./progress/show-cursor.ts";
import { runCli } from "./run-cli.ts";

const controller = new AbortController();

// The first signal ends what runs in good order, the second ends the process.
function onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  if (controller.signal.aborted) process.exit(signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 129);
  controller.abort(new Interruption(signal));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => onSignal(signal));

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  controller.abort(new Interruption("SIGPIPE"));
});
// Without a reader of progress the work goes on.
process.stderr.on("error", () => {});

process.on("exit", () => {
  if (!process.stderr.isTTY) return;
  try {
    writeSync(2, showCursor);
  } catch {
    // The terminal is gone.
  }
});

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
