// One end of a message channel between two processes: the same for Node's IPC channel and for a pair in memory.

export interface Port<Sent, Received> {
  /** Messages arrive in order, or not at all once the channel is gone. */
  send(message: Sent): void;
  /** Once, before anything can arrive. */
  onMessage(receive: (message: Received) => void): void;
}
