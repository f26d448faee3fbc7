// Both ends of a channel in one process. Messages are cloned on the way, as between processes, and arrive one turn later.
import { CommandServer, type CommandHandlers } from "./command-server.ts";
import type { FromWorker, ToWorker } from "./message.ts";
import type { Port } from "./port.ts";
import { WorkerChannel, type WorkerNotice } from "./worker-channel.ts";

export interface ChannelScene {
  readonly channel: WorkerChannel;
  readonly notices: WorkerNotice[];
  /** What the worker has sent so far. */
  readonly sent: FromWorker[];
}

/** Commands that the handlers do not name are not served. */
export function openChannel(handlers: Partial<CommandHandlers>): ChannelScene {
  const [main, worker] = connectedPorts<ToWorker, FromWorker>();
  const notices: WorkerNotice[] = [];
  const sent: FromWorker[] = [];
  const port = {
    send: (message: FromWorker) => {
      sent.push(message);
      worker.send(message);
    },
  };
  const server = new CommandServer(port, { ...unserved, ...handlers });
  worker.onMessage((message) => server.receive(message));
  return { channel: new WorkerChannel(main, (notice) => notices.push(notice)), notices, sent };
}

function connectedPorts<A, B>(): [Port<A, B>, Port<B, A>] {
  let toFirst: (message: B) => void = () => undefined;
  let toSecond: (message: A) => void = () => undefined;
  return [
    {
      send: (message) => void setImmediate(() => toSecond(structuredClone(message))),
      onMessage: (receive) => (toFirst = receive),
    },
    {
      send: (message) => void setImmediate(() => toFirst(structuredClone(message))),
      onMessage: (receive) => (toSecond = receive),
    },
  ];
}

const no = () => Promise.reject(new TypeError("nobody serves this"));

const unserved: CommandHandlers = {
  unpack: no,
  read: no,
  open: no,
  run: no,
  pack: no,
  discard: no,
  sweep: no,
  cleanUp: () => Promise.resolve(),
};
