import { describe, expect, it } from "vitest";
import { readAhead } from "./read-ahead.ts";

describe("readAhead", () => {
  it("gives the same chunks in the same order, asked for before they are needed", async () => {
    let asked = 0;
    async function* source() {
      for (; asked < 6; asked++) yield asked;
    }
    const seen: [number, number][] = [];
    for await (const chunk of readAhead(source(), 3)) {
      await new Promise(setImmediate);
      seen.push([chunk, asked]);
    }
    expect(seen.map(([chunk]) => chunk)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen.map(([chunk, ahead]) => ahead - chunk)).toEqual([2, 2, 2, 2, 2, 1]);
  });

  it("throws the source's error after what came before it", async () => {
    async function* source() {
      yield 1;
      throw new Error("torn");
    }
    const seen: number[] = [];
    const reading = (async () => {
      for await (const chunk of readAhead(source(), 4)) seen.push(chunk);
    })();
    await expect(reading).rejects.toThrow("torn");
    expect(seen).toEqual([1]);
  });

  it("closes the source when the reader stops", async () => {
    let closed = false;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for await (const chunk of readAhead(source(), 4)) if (chunk === 2) break;
    expect(closed).toBe(true);
  });
});
