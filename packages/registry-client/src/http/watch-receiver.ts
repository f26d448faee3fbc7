// undici has no time-out for a server that accepts a request but stops reading its body. The time between
// handing out a chunk and being asked for the next one is the receiver's; only that is watched, so a slow
// source (compression, a RUN that is still going) never counts.

/** Thrown, through `controller`, when the receiver took nothing for `idleMs`. */
export class ReceiverStalledError extends Error {
  readonly code = "RECEIVER_STALLED";
}

/** `source` unchanged; aborts `controller` when the consumer keeps one chunk longer than `idleMs`. */
export async function* watchReceiver(
  source: AsyncIterable<Uint8Array>,
  idleMs: number,
  controller: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const chunk of source) {
      if (chunk.length === 0) continue;
      timer = setTimeout(
        () => controller.abort(new ReceiverStalledError(`The receiver took no byte for ${idleMs / 1000} s`)),
        idleMs,
      );
      yield chunk;
      clearTimeout(timer);
    }
  } finally {
    clearTimeout(timer);
  }
}
