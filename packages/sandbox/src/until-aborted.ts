// Waits for something as long as a signal lets it. Of `Promise.race` with a promise of the signal's, which lives as long as
// that, each wait would leave something behind.

/** What `work` gives; the signal's reason as soon as it fires. `work` itself goes on, and nobody hears how it ends. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      work.then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
