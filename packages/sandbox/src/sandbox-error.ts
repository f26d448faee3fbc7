// The one error of this package. It crosses a process boundary as plain facts.
import type { Digest } from "@tsbuild/oci";

export type SandboxErrorCode =
  /** Nothing on this machine can isolate a process; the message lists what was tried, and the remedies. */
  | "NO_ISOLATION"
  /** The worker process has ended though nobody asked it to. */
  | "WORKER_DIED"
  | "MOUNT_FAILED"
  /** More layers than an overlay can stack. */
  | "TOO_MANY_LAYERS"
  | "UNPACK_FAILED"
  /** The process could not be started: no such program, a variable that cannot be set. */
  | "PROCESS_NOT_STARTED"
  /** A program of this machine that is needed for this layer is missing. */
  | "TOOL_MISSING"
  /** What the process left cannot be read, or cannot be said in a layer. */
  | "CHANGES_UNREADABLE"
  | "NO_SPACE";

export interface SandboxErrorFacts {
  /** A path inside the root file system, or on disk where none applies. */
  readonly path?: string;
  readonly layer?: Digest;
  readonly tool?: string;
  readonly reason?: string;
}

export class SandboxError extends Error {
  readonly code: SandboxErrorCode;
  readonly facts: SandboxErrorFacts;

  constructor(
    code: SandboxErrorCode,
    message: string,
    options: { readonly facts?: SandboxErrorFacts; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }

  static {
    this.prototype.name = "SandboxError";
  }
}
