// What a command may touch of the process that it runs in, so that a test can be that process.
import type { Readable, Writable } from "node:stream";

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  /** Results: digests, tables, JSON. */
  readonly stdout: OutputStream;
  /** Progress, warnings, errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** Writes one result line, or several, to standard output. */
export function print(io: CommandIo, text: string): void {
  io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
