import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { untilAborted } from "./until-aborted.ts";

const never = new Promise<never>(() => undefined);

describe("untilAborted", () => {
  it("gives what the work gives, and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(untilAborted(Promise.reject(new Error("torn")), signal)).rejects.toThrow("torn");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends with the signal's reason, also when it has fired before", async () => {
    const abort = new AbortController();
    const waiting = untilAborted(never, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(untilAborted(never, abort.signal)).rejects.toThrow("enough");
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });
});
