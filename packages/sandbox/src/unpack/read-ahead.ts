// Lets a source work on while its reader is busy: the thread that decompresses would else wait for every file.

/**
 * The same chunks, asked for until `depth` of them are waiting. They must stay as they are until the reader is done with
 * them. Nothing is asked for before the first, and the source is closed when the reader stops.
 */
export async function* readAhead<T>(source: AsyncIterable<T>, depth: number): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    const next = iterator.next();
    next.catch(() => undefined); // thrown when its turn comes
    waiting.push(next);
  };
  try {
    for (;;) {
      while (waiting.length < depth) ask();
      const next = await waiting.shift();
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
