// The worker's end: runs each command with a signal that its cancelling aborts, and answers it.
import { describeError, type ErrorDefault } from "./error-facts.ts";
import type { Command, CommandName, Commands, FromWorker, ToWorker } from "./message.ts";
import { OutputWindow } from "./output-window.ts";
import type { Port } from "./port.ts";

/** What a command can use while it runs. */
export interface CommandContext {
  readonly signal: AbortSignal;
  progress(bytes: number): void;
  /** Wait for the promise, if there is one, before there is more. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> | undefined;
}

type Handler<Name extends CommandName> = (
  order: Commands[Name]["order"],
  context: CommandContext,
) => Promise<Commands[Name]["result"]>;

/** All but `close`, which is the server's own affair. */
export type CommandHandlers = { readonly [Name in Exclude<CommandName, "close">]: Handler<Name> } & {
  /** Called when all commands have ended. */
  cleanUp(): Promise<void>;
};

/** How often progress is told. */
const progressBytes = 1024 * 1024;

interface Running {
  readonly abort: AbortController;
  readonly window: OutputWindow;
  readonly ended: Promise<void>;
}

/** Serves commands; the messages of other kinds are the caller's. */
export class CommandServer {
  readonly #port: Pick<Port<FromWorker, ToWorker>, "send">;
  readonly #handlers: CommandHandlers;
  readonly #running = new Map<number, Running>();
  #closing = false;

  constructor(port: Pick<Port<FromWorker, ToWorker>, "send">, handlers: CommandHandlers) {
    this.#port = port;
    this.#handlers = handlers;
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case "start":
        break;
      case "command":
        this.#start(message.id, message.command);
        break;
      case "cancel":
        this.#running.get(message.id)?.abort.abort();
        break;
      case "taken":
        this.#running.get(message.id)?.window.taken(message.bytes);
        break;
    }
  }

  #start(id: number, command: Command): void {
    const abort = new AbortController();
    const window = new OutputWindow();
    let told = 0;
    let progress = 0;
    const tell = () => {
      if (progress === told) return;
      told = progress;
      this.#port.send({ kind: "progress", id, bytes: told });
    };
    const context: CommandContext = {
      signal: abort.signal,
      progress: (bytes) => {
        progress = bytes;
        if (progress - told >= progressBytes) tell();
      },
      output: (stream, bytes) => {
        this.#port.send({ kind: "output", id, stream, bytes });
        return window.sent(bytes.length);
      },
    };
    const ended = this.#run(command, context).then(
      (result) => {
        tell();
        this.#running.delete(id);
        this.#port.send({ kind: "done", id, result });
      },
      (error: unknown) => {
        this.#running.delete(id);
        this.#port.send({ kind: "failed", id, error: describeError(error, defaultOf(command)) });
      },
    );
    // The one that closes waits for all others, and must not wait for itself.
    if (command.name !== "close") this.#running.set(id, { abort, window, ended });
  }

  async #run(command: Command, context: CommandContext): Promise<unknown> {
    if (this.#closing) throw new TypeError("the sandbox is closed");
    switch (command.name) {
      case "close":
        return this.#close();
      case "unpack":
        return this.#handlers.unpack(command.order, context);
      case "read":
        return this.#handlers.read(command.order, context);
      case "open":
        return this.#handlers.open(command.order, context);
      case "run":
        return this.#handlers.run(command.order, context);
      case "pack":
        return this.#handlers.pack(command.order, context);
      case "discard":
        return this.#handlers.discard(command.order, context);
      case "sweep":
        return this.#handlers.sweep(command.order, context);
    }
  }

  async #close(): Promise<undefined> {
    this.#closing = true;
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#handlers.cleanUp();
  }
}

function defaultOf(command: Command): ErrorDefault {
  switch (command.name) {
    case "unpack":
      return { code: "UNPACK_FAILED", action: `unpack layer ${command.order.name}` };
    case "read":
      return {
        code: "UNPACK_FAILED",
        action: `read ${JSON.stringify(command.order.path)} of an unpacked layer`,
      };
    case "open":
      return { code: "UNPACK_FAILED", action: "make a root file system" };
    case "run":
      return {
        code: "PROCESS_NOT_STARTED",
        action: `run ${JSON.stringify(command.order.process.args[0] ?? "")}`,
      };
    case "pack":
      return { code: "CHANGES_UNREADABLE", action: "pack what the process has changed" };
    case "discard":
    case "sweep":
    case "close":
      return { code: "WORKER_DIED", action: "tidy up after the sandbox" };
  }
}
