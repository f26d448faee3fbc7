import { describe, expect, it } from "vitest";
import { tee } from "./tee.ts";

async function* count(to: number, log: number[] = []): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < to; i += 1) {
    log.push(i);
    yield Uint8Array.of(i);
  }
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<number[]> {
  const seen: number[] = [];
  for await (const chunk of bytes) seen.push(...chunk);
  return seen;
}

describe("tee", () => {
  it("gives both halves every chunk", async () => {
    const [a, b] = tee(count(5));
    expect(await Promise.all([drain(a), drain(b)])).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
  });

  it("reads no further than the slower half has come", async () => {
    const log: number[] = [];
    const [a, b] = tee(count(5, log));
    const fast = drain(a);
    const slow = b[Symbol.asyncIterator]();
    await slow.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([0]);
    await slow.return?.();
    expect(await fast).toEqual([0, 1, 2, 3, 4]);
  });

  it("tells both halves of an error", async () => {
    const [a, b] = tee(
      (async function* () {
        yield Uint8Array.of(1);
        throw new Error("broken");
      })(),
    );
    const results = await Promise.allSettled([drain(a), drain(b)]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);
  });

  it("closes the source when both halves have left", async () => {
    let closed = false;
    const [a, b] = tee(
      (async function* () {
        try {
          for (;;) yield Uint8Array.of(1);
        } finally {
          closed = true;
        }
      })(),
    );
    const leave = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const _chunk of bytes) break;
    };
    await Promise.all([leave(a), leave(b)]);
    expect(closed).toBe(true);
  });
});
