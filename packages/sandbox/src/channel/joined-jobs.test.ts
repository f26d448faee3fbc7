import { describe, expect, it } from "vitest";
import { JoinedJobs } from "./joined-jobs.ts";

/** A job that is finished by hand. */
function job() {
  let finish = () => {};
  let fail: (error: Error) => void = () => {};
  let starts = 0;
  let cancelled = false;
  let report: (bytes: number) => void = () => {};
  const start = (signal: AbortSignal, onProgress: (bytes: number) => void): Promise<void> => {
    starts++;
    report = onProgress;
    signal.addEventListener("abort", () => (cancelled = true));
    return new Promise((resolve, reject) => {
      finish = resolve;
      fail = reject;
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };
  return {
    start,
    finish: () => finish(),
    fail: (error: Error) => fail(error),
    report: (bytes: number) => report(bytes),
    get starts() {
      return starts;
    },
    get cancelled() {
      return cancelled;
    },
  };
}

describe("joined jobs", () => {
  it("run once for all who ask at the same time, and tell all of them", async () => {
    const [jobs, one] = [new JoinedJobs(), job()];
    const heard: number[] = [];
    const asker = () => ({ onProgress: (bytes: number) => heard.push(bytes) });
    const both = [jobs.join("a", asker(), one.start), jobs.join("a", asker(), one.start)];
    one.report(3);
    one.finish();
    await Promise.all(both);
    expect(one.starts).toBe(1);
    expect(heard).toEqual([3, 3]);
    expect(one.cancelled).toBe(true); // nobody is left who could care
  });

  it("are started anew when they are asked for later, or under another key", async () => {
    const [jobs, one] = [new JoinedJobs(), job()];
    const first = jobs.join("a", {}, one.start);
    one.finish();
    await first;
    const second = jobs.join("a", {}, one.start);
    one.finish();
    await second;
    const [other, third] = [job(), jobs.join("b", {}, one.start)];
    one.finish();
    await third;
    expect(other.starts).toBe(0);
    expect(one.starts).toBe(3);
  });

  it("go on when one gives up, and end when all have", async () => {
    const [jobs, one] = [new JoinedJobs(), job()];
    const [a, b] = [new AbortController(), new AbortController()];
    const first = jobs.join("a", { signal: a.signal }, one.start);
    const second = jobs.join("a", { signal: b.signal }, one.start);
    a.abort(new Error("a"));
    await expect(first).rejects.toThrow("a");
    expect(one.cancelled).toBe(false);
    b.abort(new Error("b"));
    await expect(second).rejects.toThrow("b");
    expect(one.cancelled).toBe(true);
  });

  it("do not join one that all have given up", async () => {
    const [jobs, one, next] = [new JoinedJobs(), job(), job()];
    const abort = new AbortController();
    const first = jobs.join("a", { signal: abort.signal }, one.start);
    abort.abort(new Error("a"));
    await expect(first).rejects.toThrow("a");
    const second = jobs.join("a", {}, next.start);
    next.finish();
    await second;
    expect(next.starts).toBe(1);
  });

  it("fail for all", async () => {
    const [jobs, one] = [new JoinedJobs(), job()];
    const both = [
      jobs.join("a", {}, one.start),
      jobs.join("a", { signal: new AbortController().signal }, one.start),
    ];
    one.fail(new Error("broken"));
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
