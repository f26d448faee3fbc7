import { Readable } from "node:stream";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { passOn } from "./pass-on.ts";

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

async function* pieces(count: number): AsyncGenerator<Uint8Array, void, void> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(64, n);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("passOn", () => {
  it("waits for whoever takes a piece before it reads the next", async () => {
    let taking = 0;
    let most = 0;
    const take = async () => {
      most = Math.max(most, ++taking);
      await turn();
      taking--;
    };
    await passOn(Readable.from(pieces(5)), take, new AbortController().signal);
    expect({ most, taking }).toEqual({ most: 1, taking: 0 });
  });

  it("reads to the end when it is stopped, and waits for nobody any more", async () => {
    const stop = new AbortController();
    let [taken, read] = [0, 0];
    async function* counted() {
      for await (const piece of pieces(50)) {
        read++;
        yield piece;
      }
    }
    const never = () => {
      taken++;
      setImmediate(() => stop.abort());
      return new Promise<void>(() => undefined);
    };
    await passOn(Readable.from(counted()), never, stop.signal);
    expect({ taken, read }).toEqual({ taken: 1, read: 50 });
  });

  it("fails with what the taker throws", async () => {
    const refuse = () => Promise.reject(new RangeError("full"));
    const { signal } = new AbortController();
    await expect(passOn(Readable.from(pieces(5)), refuse, signal)).rejects.toThrow("full");
  });

  it("lets go of each piece, and of what came of it, however many there are", async () => {
    const references: WeakRef<object>[] = [];
    const watch = <T extends object>(one: T): T => {
      references.push(new WeakRef(one));
      return one;
    };
    let [taken, most] = [0, 0];
    const take = async (bytes: Uint8Array) => {
      watch(bytes);
      await turn(); // references are kept until the turn ends
      if (++taken % 100 === 0) {
        collectGarbage();
        most = Math.max(most, references.filter((one) => one.deref() !== undefined).length);
      }
      return watch({ whatCameOfIt: bytes.length });
    };
    await passOn(Readable.from(pieces(600), { highWaterMark: 1 }), take, new AbortController().signal);
    expect(references).toHaveLength(1200);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(60);
  });
});
