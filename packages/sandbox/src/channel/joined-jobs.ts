// One job for all who ask for the same thing at the same time. It is given up when all of them have given up, not when
// the first has.
import { untilAborted } from "../until-aborted.ts";

interface Job {
  readonly abort: AbortController;
  readonly done: Promise<void>;
  readonly askers: Set<Asker>;
}

/** Who waits for a job. */
export interface Asker {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export class JoinedJobs {
  readonly #jobs = new Map<string, Job>();

  /** Starts the job, or joins the one of this key that runs. Rejects with the signal's reason when `asker` gives up. */
  async join(
    key: string,
    asker: Asker,
    start: (signal: AbortSignal, onProgress: (bytes: number) => void) => Promise<void>,
  ): Promise<void> {
    const { signal } = asker;
    signal?.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#start(key, start);
    job.askers.add(asker);
    try {
      await (signal === undefined ? job.done : untilAborted(job.done, signal));
    } finally {
      job.askers.delete(asker);
      if (job.askers.size === 0) {
        this.#forget(key, job);
        job.abort.abort();
      }
    }
  }

  #start(key: string, start: Parameters<JoinedJobs["join"]>[2]): Job {
    const abort = new AbortController();
    const askers = new Set<Asker>();
    const done = start(abort.signal, (bytes) => {
      for (const { onProgress } of askers) onProgress?.(bytes);
    });
    done.catch(() => undefined); // all may have given up
    const job = { abort, done, askers };
    this.#jobs.set(key, job);
    return job;
  }

  #forget(key: string, job: Job): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
