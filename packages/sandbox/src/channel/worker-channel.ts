// The main process's end: each command is a promise, and what the worker tells about it meanwhile goes to its hooks.
import { restoreError } from "./error-facts.ts";
import type { Command, CommandName, Commands, FromWorker, ToWorker } from "./message.ts";
import type { Port } from "./port.ts";

export interface CommandHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly onOutput?: ((stream: "stdout" | "stderr", bytes: Uint8Array) => void) | undefined;
}

interface Pending {
  readonly hooks: CommandHooks;
  /** A hook that threw ends its command: with its own error, but not before the worker has answered. */
  failure: { readonly error: unknown } | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What the worker says that belongs to no command. */
export type WorkerNotice = Extract<FromWorker, { kind: "ready" | "unusable" | "warning" }>;

export class WorkerChannel {
  readonly #port: Port<ToWorker, FromWorker>;
  readonly #notice: (notice: WorkerNotice) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(port: Port<ToWorker, FromWorker>, notice: (notice: WorkerNotice) => void) {
    this.#port = port;
    this.#notice = notice;
    port.onMessage((message) => this.#receive(message));
  }

  /**
   * Settles when the worker has answered, also when it was cancelled: whatever the command did has ended then.
   * @throws {SandboxError} and the store's and the layers' errors; the signal's reason
   */
  async command<Name extends CommandName>(
    name: Name,
    order: Commands[Name]["order"],
    hooks: CommandHooks = {},
  ): Promise<Commands[Name]["result"]> {
    const { signal } = hooks;
    signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    const id = ++this.#lastId;
    const cancel = () => this.#port.send({ kind: "cancel", id });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, {
          hooks,
          failure: undefined,
          resolve: (result) => resolve(result as Commands[Name]["result"]),
          reject,
        });
        this.#port.send({ kind: "command", id, command: { name, order } as Command });
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#pending.delete(id);
    }
  }

  /** Whether there is a worker to answer. */
  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** No answer will come any more: all commands, also later ones, fail with this. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
      case "unusable":
      case "warning":
        this.#notice(message);
        break;
      case "done":
        this.#settle(message.id, ({ resolve }) => resolve(message.result));
        break;
      case "failed":
        this.#settle(message.id, ({ reject }) => reject(restoreError(message.error)));
        break;
      case "progress":
        this.#tell(message.id, ({ onProgress }) => onProgress?.(message.bytes));
        break;
      case "output":
        this.#tell(message.id, ({ onOutput }) => onOutput?.(message.stream, message.bytes));
        this.#port.send({ kind: "taken", id: message.id, bytes: message.bytes.length });
        break;
    }
  }

  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (pending.failure === undefined) settle(pending);
    else pending.reject(pending.failure.error);
  }

  #tell(id: number, call: (hooks: CommandHooks) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.failure !== undefined) return;
    try {
      call(pending.hooks);
    } catch (error) {
      pending.failure = { error };
      this.#port.send({ kind: "cancel", id });
    }
  }
}
