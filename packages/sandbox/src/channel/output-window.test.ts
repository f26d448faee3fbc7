import { describe, expect, it } from "vitest";
import { OutputWindow } from "./output-window.ts";

describe("the window of output", () => {
  it("makes nobody wait below a MiB", () => {
    const window = new OutputWindow();
    expect(window.sent(1024 * 1024 - 1)).toBeUndefined();
  });

  it("lets all go on when there is room again", async () => {
    const window = new OutputWindow();
    const waiting = Promise.all(
      [window.sent(1024 * 1024), window.sent(10)].map((room) => Promise.resolve(room)),
    );
    window.taken(10);
    let waits = true;
    void waiting.then(() => (waits = false));
    await new Promise((resolve) => setImmediate(resolve));
    expect(waits).toBe(true);
    window.taken(1);
    await waiting;
    expect(window.sent(0)).toBeUndefined();
  });
});
