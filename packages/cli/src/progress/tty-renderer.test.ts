import type { ProgressEvent } from "@tsbuild/builder";
import { describe, expect, it } from "vitest";
import { FakeOutput, fakeIo } from "../testing/fake-io.ts";
import { buildDone, cached, done, failed, output, started, transfer } from "../testing/progress-events.ts";
import { BuildView } from "./build-view.ts";
import { displayWidth } from "./display-width.ts";
import { drawFrame } from "./frame.ts";
import { choosePaint, plainPaint } from "./paint.ts";
import { TtyRenderer } from "./tty-renderer.ts";

function viewOf(...events: ProgressEvent[]): BuildView {
  const view = new BuildView();
  for (const event of events) view.report(event);
  return view;
}

const running = [
  started(1, "[internal] load build definition from Dockerfile", 0),
  done(1, 40),
  started(2, "[1/3] FROM docker.io/library/node:24", 40),
  transfer(2, "sha256:aaaa", 12_340_000, 60_100_000, false, 100),
  started(3, "[2/3] COPY . /app", 50),
  cached(3, 60),
  started(4, "[3/3] RUN make", 70),
  output(4, "1\n2\n3\n4\n5\n6\n\u001b[31m7\u001b[0m\n", 80),
];

describe("drawFrame", () => {
  it("draws a build that runs", () => {
    const lines = drawFrame(viewOf(...running), 3240, { columns: 60, rows: 40 }, plainPaint);
    expect(lines.join("\n")).toBe(`\
[+] Building 3.2s (2/4)
 => [internal] load build definition from Dockerfile    0.0s
 => [1/3] FROM docker.io/library/node:24                3.2s
 => => sha256:aaaa 12.34MB / 60.10MB                    3.1s
 => CACHED [2/3] COPY . /app                            0.0s
 => [3/3] RUN make                                      3.2s
 => => # 2
 => => # 3
 => => # 4
 => => # 5
 => => # 6
 => => # 7`);
  });

  it("draws one that has failed", () => {
    const view = viewOf(...running, failed(4, "exit code: 2", 4070), buildDone(false, 4100));
    const lines = drawFrame(view, 4100, { columns: 60, rows: 40 }, plainPaint);
    expect(lines[0]).toBe("[+] Building 4.1s (3/4) FINISHED");
    expect(lines.at(-1)).toBe(" => ERROR [3/3] RUN make                                4.0s");
  });

  it("leaves out what does not fit, finished steps first", () => {
    const view = viewOf(...running);
    const eight = drawFrame(view, 3240, { columns: 60, rows: 10 }, plainPaint);
    expect(eight).toHaveLength(10);
    expect(eight[1]).toContain("[1/3] FROM");
    expect(drawFrame(view, 3240, { columns: 60, rows: 3 }, plainPaint)).toEqual([
      "[+] Building 3.2s (2/4)",
      " => => # 6",
      " => => # 7",
    ]);
  });

  it("never draws a line wider than the terminal, wide characters included", () => {
    const view = viewOf(
      started(1, "RUN echo 日本語日本語日本語日本語日本語", 0),
      output(1, `${"漢字😀".repeat(40)}\n`, 1),
    );
    for (const columns of [8, 20, 33, 34, 80]) {
      for (const line of drawFrame(view, 100, { columns, rows: 20 }, plainPaint)) {
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
  });
});

describe("TtyRenderer", () => {
  it("draws each picture over the one before, and leaves the cursor visible below the last", () => {
    const stream = new FakeOutput(true, 41, 24);
    const view = viewOf(started(1, "one", 0));
    const renderer = new TtyRenderer(stream, view, plainPaint);
    const row = (time: string) => `${" => one".padEnd(36)}${time}`;
    renderer.tick(100);
    expect(stream.take()).toBe(
      `\u001b[?25l\r[+] Building 0.1s (0/1)\u001b[K\n${row("0.1s")}\u001b[K\n\u001b[J`,
    );
    renderer.tick(200);
    expect(stream.take()).toBe(
      `\u001b[2A\r[+] Building 0.2s (0/1)\u001b[K\n${row("0.2s")}\u001b[K\n\u001b[J`,
    );
    view.report(done(1, 250));
    renderer.report(done(1, 250));
    renderer.close();
    expect(stream.take()).toBe(
      `\u001b[2A\r[+] Building 0.3s (1/1)\u001b[K\n${row("0.3s")}\u001b[K\n\u001b[J\u001b[?25h`,
    );
    renderer.tick(300);
    renderer.close();
    expect(stream.take()).toBe("");
  });

  it("goes up by the rows that wrapped lines take after the window became narrower", () => {
    const stream = new FakeOutput(true, 80, 24);
    const renderer = new TtyRenderer(stream, viewOf(started(1, "one", 0)), plainPaint);
    renderer.tick(100);
    stream.take();
    stream.columns = 40;
    renderer.tick(200);
    // 23 columns take one row, 79 take two.
    expect(stream.take().startsWith("\u001b[3A\r")).toBe(true);
  });

  it("keeps every step in the last picture, however low the window is", () => {
    const stream = new FakeOutput(true, 40, 5);
    const events = Array.from({ length: 30 }, (_, index) => [
      started(index, `step ${String(index)}`, 0),
      done(index, 1),
    ]);
    const renderer = new TtyRenderer(stream, viewOf(...events.flat()), plainPaint);
    renderer.tick(1);
    expect(stream.take().split("\n")).toHaveLength(5);
    renderer.close();
    expect(stream.take().split("\n")).toHaveLength(32);
  });
});

describe("choosePaint", () => {
  const painted = (env: Record<string, string>, stderrIsTTY: boolean) =>
    choosePaint(fakeIo({ env, stderrIsTTY }))("red", "x") !== "x";

  it("obeys FORCE_COLOR, then NO_COLOR, then the terminal", () => {
    expect(painted({}, true)).toBe(true);
    expect(painted({}, false)).toBe(false);
    expect(painted({ NO_COLOR: "1" }, true)).toBe(false);
    expect(painted({ NO_COLOR: "" }, true)).toBe(true);
    expect(painted({ NO_COLOR: "1", FORCE_COLOR: "1" }, false)).toBe(true);
    expect(painted({ FORCE_COLOR: "0" }, true)).toBe(false);
    expect(painted({ TERM: "dumb" }, true)).toBe(false);
  });
});
