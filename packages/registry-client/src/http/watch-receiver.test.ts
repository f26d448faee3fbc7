import { describe, expect, it } from "vitest";
import { ReceiverStalledError, watchReceiver } from "./watch-receiver.ts";

async function* source(pauseMs: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < 3; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield Uint8Array.of(n);
  }
}

describe("watchReceiver", () => {
  it("never counts the time that the source takes", async () => {
    const controller = new AbortController();
    const got: number[] = [];
    for await (const chunk of watchReceiver(source(30), 10, controller)) got.push(...chunk);
    expect(got).toEqual([0, 1, 2]);
    expect(controller.signal.aborted).toBe(false);
  });

  it("aborts when the receiver keeps a chunk too long", async () => {
    const controller = new AbortController();
    const bytes = watchReceiver(source(0), 10, controller);
    await bytes.next();
    await new Promise((resolve) => controller.signal.addEventListener("abort", resolve));
    expect(controller.signal.reason).toBeInstanceOf(ReceiverStalledError);
    await bytes.return();
  });
});
