// Hands on what a process prints, piece by piece, to somebody who may keep it waiting.
import type { Readable } from "node:stream";

/** Waits for what `take` promises before the next piece. When `stopped` fires nobody is told any more, nor waited for. */
export async function passOn(
  reader: Readable,
  take: (bytes: Uint8Array) => Promise<unknown> | void,
  stopped: AbortSignal,
): Promise<void> {
  // Not Promise.race with one promise for the end: that would keep something of every chunk.
  let goOn: (value?: unknown) => void = () => undefined;
  const stop = () => goOn();
  stopped.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of reader) {
      // To the end even when nobody listens any more: it tells that all who could write are gone.
      const taking = stopped.aborted ? undefined : take(chunk as Uint8Array);
      if (taking === undefined) continue;
      await new Promise<unknown>((resolve, reject) => {
        goOn = resolve;
        taking.then(resolve, reject);
      });
    }
  } finally {
    stopped.removeEventListener("abort", stop);
  }
}
