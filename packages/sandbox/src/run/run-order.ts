// What the worker asks for: a process, and the folder of its workspace. All paths but those inside the root are relative
// to the worker's folder, in which it stands: so no character of the store's path reaches mount(8).
import type { SandboxProcess, SandboxWarningCode } from "../sandbox.ts";

export interface RunOrder {
  /** The workspace, as `12`. Holds `stub` and `upper`; the rest is made. */
  readonly folder: string;
  /** Unpacked layers by their names in `l`, the top-most first. */
  readonly lowers: readonly string[];
  readonly machine: Machine;
  readonly process: RunnableProcess;
  /** The process waits when it has written much and a promise is not yet kept. */
  onOutput?(stream: OutputStream, bytes: Uint8Array): Promise<void> | void;
  warn?(code: SandboxWarningCode, message: string): void;
}

/** Its output goes where the order says. */
export type RunnableProcess = Omit<SandboxProcess, "onOutput">;

export type OutputStream = "stdout" | "stderr";

/** What the probe has found. */
export interface Machine {
  /** Overlays need not be synced. */
  readonly volatile: boolean;
  /** Overlays keep their attributes in `user.`. */
  readonly userxattr: boolean;
  /** Root of the first user namespace. */
  readonly isRoot: boolean;
}
