// Signals as reasons of an abort: what a run that was interrupted says and exits with.
import { constants } from "node:os";

/** The reason that `io.signal` is aborted with. */
export class Interruption extends Error {
  readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

  constructor(signal: Interruption["signal"]) {
    super(`Interrupted by ${signal}`);
    // The name by which whoever works under the signal knows that it was not a failure.
    this.name = "AbortError";
    this.signal = signal;
  }
}

/** Standard output takes nothing more, for another reason than that its reader went away. */
export class OutputLost extends Error {
  constructor(cause: Error) {
    super(`Cannot write to standard output: ${cause.message}`, { cause });
    this.name = "AbortError";
  }
}

/** 128 + the signal's number, as shells have it; nothing is said when our output went away. */
export function statusOfSignal(reason: unknown): { status: number; message: string } | undefined {
  if (reason instanceof OutputLost) return { status: 1, message: "" };
  if (!(reason instanceof Interruption)) return undefined;
  const message = reason.signal === "SIGPIPE" ? "" : reason.message;
  return { status: 128 + constants.signals[reason.signal], message };
}
