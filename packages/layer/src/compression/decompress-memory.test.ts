// What has been read is let go, also while a signal is watched: a promise that outlives the stream once kept every chunk
// of a layer until its end.
import v8 from "node:v8";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompress } from "./decompress.ts";

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

/** Copies of a chunk, each in memory of its own, with a way to ask which are still held. */
function watched(chunk: Uint8Array, count: number) {
  const references: WeakRef<Uint8Array>[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    for (let n = 0; n < count; n++) {
      const copy = Uint8Array.from(chunk);
      references.push(new WeakRef(copy));
      yield copy;
    }
  }
  return { chunks: chunks(), held: () => references.filter((one) => one.deref() !== undefined).length };
}

describe("decompress lets go of what it has read", () => {
  it.each([
    ["plain bytes", Buffer.alloc(4096, 7)],
    ["members of gzip", gzipSync(Buffer.alloc(100, 7))],
  ])("%s", async (_name, chunk) => {
    const { chunks, held } = watched(chunk, 400);
    let most = 0;
    let read = 0;
    for await (const _chunk of decompress(chunks, { signal: new AbortController().signal })) {
      read += 1;
      if (read % 100 !== 0) continue;
      // References are kept until the current turn of the event loop ends.
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      most = Math.max(most, held());
    }
    expect(read).toBeGreaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    most = Math.max(most, held());
    expect(most).toBeLessThan(60);
  });
});
