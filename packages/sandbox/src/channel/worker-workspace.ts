// One workspace as the main process sees it: a number that the worker knows.
import type {
  PackChangesOptions,
  PackedChanges,
  ProcessExit,
  SandboxProcess,
  Workspace,
} from "../sandbox.ts";
import type { WorkerChannel } from "./worker-channel.ts";

export class WorkerWorkspace implements Workspace {
  readonly #channel: WorkerChannel;
  readonly #id: number;
  readonly #signal: (own: AbortSignal | undefined) => AbortSignal | undefined;
  #state: "new" | "running" | "ran" | "packed" | "gone" = "new";

  constructor(
    channel: WorkerChannel,
    id: number,
    signal: (own: AbortSignal | undefined) => AbortSignal | undefined,
  ) {
    this.#channel = channel;
    this.#id = id;
    this.#signal = signal;
  }

  async run(process: SandboxProcess): Promise<ProcessExit> {
    if (this.#state !== "new") throw new TypeError("Cannot run a second process in a workspace");
    this.#state = "running";
    const { signal, ...rest } = process;
    const order = { ...rest, onOutput: undefined }; // a function cannot be sent
    const exit = await this.#channel.command(
      "run",
      { workspace: this.#id, process: order },
      {
        signal: this.#signal(signal),
        onOutput: (stream, bytes) => process.onOutput?.(stream, bytes),
      },
    );
    this.#hasRun();
    return exit;
  }

  /** Unless it has been discarded meanwhile. */
  #hasRun(): void {
    if (this.#state === "running") this.#state = "ran";
  }

  async pack(options: PackChangesOptions): Promise<PackedChanges> {
    if (this.#state !== "ran")
      throw new TypeError("Cannot pack a workspace in which nothing has run to its end, or twice");
    this.#state = "packed";
    const { compression, clampMtimeSec } = options;
    const packed = await this.#channel.command(
      "pack",
      { workspace: this.#id, compression, clampMtimeSec },
      {
        signal: this.#signal(options.signal),
        onProgress: (bytes) => options.onProgress?.(bytes),
      },
    );
    this.#state = "gone";
    return packed;
  }

  /** Ends the process if it runs. A worker that is gone has left nothing to discard. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "gone") return;
    this.#state = "gone";
    try {
      await this.#channel.command("discard", { workspace: this.#id });
    } catch (error) {
      if (this.#channel.isOpen) throw error;
    }
  }
}
