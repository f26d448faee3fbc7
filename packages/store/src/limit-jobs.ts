// At most so many at a time: a semaphore whose waiting can be aborted.

/** Runs a task when a place is free. */
export type RunLimited = <T>(task: () => Promise<T>) => Promise<T>;

/** A runner that lets at most `jobs` tasks run at once. A task that has not begun when `signal` aborts never does. */
export function limitJobs(jobs: number, signal: AbortSignal): RunLimited {
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new RangeError("Cannot run jobs: their number must be 1 or more");
  let free = jobs;
  const waiting: (() => void)[] = [];

  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
