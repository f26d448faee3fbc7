// What a RUN prints, hostile bytes included, in every mode.
import type { ProgressEvent } from "@tsbuild/builder";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeIo } from "../testing/fake-io.ts";
import { buildDone, done, failed, output, started } from "../testing/progress-events.ts";
import { endReport } from "../results/end-report.ts";
import { BuildView } from "./build-view.ts";
import { drawFrame } from "./frame.ts";
import { plainPaint } from "./paint.ts";
import { PlainRenderer } from "./plain-renderer.ts";
import type { ProgressMode } from "./progress-mode.ts";
import { startProgress } from "./progress.ts";
import { TtyRenderer } from "./tty-renderer.ts";

function plain(...events: (ProgressEvent | { readonly tickMs: number })[]): string {
  let text = "";
  const renderer = new PlainRenderer((piece) => (text += piece));
  for (const event of events) {
    if ("tickMs" in event) renderer.tick(event.tickMs);
    else renderer.report(event);
  }
  return text;
}

function frame(...events: ProgressEvent[]): string[] {
  const view = new BuildView();
  for (const event of events) view.report(event);
  return drawFrame(view, 1000, { columns: 40, rows: 20 }, plainPaint).slice(2);
}

describe("the output of a RUN in plain mode", () => {
  it("is BuildKit's: the step's number, the seconds, the line, without colours", () => {
    const text = plain(
      started(7, "[2/3] RUN make", 1000),
      output(7, "\u001b[1;32mcompiling\u001b[0m\n", 1123),
      output(7, "warning: ", 13_000, "stderr"),
      output(7, "linking\n\n", 14_000),
      output(7, "unused\n", 15_000, "stderr"),
      output(7, "done\n", 124_456),
      done(7, 125_000),
    );
    expect(text).toBe(`\
#7 [2/3] RUN make
#7 0.123 compiling
#7 13.00 linking
#7 13.00
#7 12.00 warning: unused
#7 123.5 done
#7 DONE 124.0s
`);
  });

  it("shows a progress bar every two seconds, and its end", () => {
    const updates = Array.from({ length: 50 }, (_, index) => output(1, `\r${String(index)}%`, index * 100));
    const text = plain(started(1, "RUN curl", 0), ...updates, output(1, "\r100%\n", 5000), done(1, 5000));
    expect(text).toBe("#1 RUN curl\n#1 2.000 20%\n#1 4.000 40%\n#1 5.000 100%\n#1 DONE 5.0s\n");
  });

  it("shows a line without an end after five seconds, and the rest of it when it comes", () => {
    const text = plain(
      started(1, "RUN wait", 0),
      output(1, "waiting", 100),
      { tickMs: 5000 },
      output(1, "..", 5050),
      { tickMs: 5100 },
      { tickMs: 10_000 },
      output(1, "..\n", 10_000),
      output(1, "more", 10_100),
      { tickMs: 15_100 },
      output(1, "\n", 16_000),
      done(1, 16_000),
    );
    expect(text).toBe(`\
#1 RUN wait
#1 0.100 waiting..
#1 10.00 ..
#1 10.10 more
#1 DONE 16.0s
`);
  });

  it("marks every line of an error", () => {
    expect(plain(started(1, "RUN x", 0), failed(1, "first\nsecond\u001b[2J", 1))).toBe(
      "#1 RUN x\n#1 ERROR: first\n#1 second\n",
    );
  });
});

describe("the output of a RUN in the live view", () => {
  it("is its last six lines as they look now, those without an end included", () => {
    expect(
      frame(
        started(1, "RUN curl", 0),
        output(1, "1\n2\n3\n4\n5\n6\n", 1),
        output(1, "10%\r20%\r", 2, "stderr"),
        output(1, "\u001b[32m7", 3),
      ),
    ).toEqual([" => => # 3", " => => # 4", " => => # 5", " => => # 6", " => => # 7", " => => # 20%"]);
  });

  it("is gone when the step is over", () => {
    expect(frame(started(1, "RUN x", 0), output(1, "x\n", 1), done(1, 2))).toEqual([]);
  });
});

// What the live view itself sends to the terminal.
// oxlint-disable-next-line no-control-regex -- cursor control
const ownControl = /\u001b\[(?:\?25[lh]|\d+A|[KJ])|\r/g;
// oxlint-disable-next-line no-control-regex -- what must not get through
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const modes: readonly ProgressMode[] = ["plain", "tty", "rawjson", "quiet", "none"];

describe("in every mode the output of a RUN", () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .constantFrom(
        "\u001b]52;c;aGk=\u0007",
        "\u001b[2J",
        "\u009b31m",
        "\r",
        "\n",
        "\u0090",
        "\u001b",
        "]0;x",
        "日本",
      )
      .map((text) => new Uint8Array(Buffer.from(text))),
  );

  it.each(modes)(
    "lets no control character through to the terminal (%s; security: terminal escapes)",
    (mode) => {
      const pieces = fc.array(fc.tuple(hostile, fc.constantFrom("stdout" as const, "stderr" as const)), {
        maxLength: 20,
      });
      fc.assert(
        fc.property(pieces, (chunks) => {
          const io = fakeIo();
          const progress = startProgress(mode, io);
          progress.report(started(1, "RUN evil", 0));
          for (const [index, [bytes, stream]] of chunks.entries())
            progress.report(output(1, bytes, index, stream));
          progress.report(failed(1, "exit code: 1", 50));
          progress.close();
          const shown = mode === "tty" ? io.stderr.text.replace(ownControl, "") : io.stderr.text;
          expect(shown).not.toMatch(forbidden);
          expect(endReport(progress.view).join("\n")).not.toMatch(forbidden);
        }),
        { seed: 7, numRuns: 100 },
      );
    },
  );

  it.each([
    ["plain", 100],
    ["tty", 100],
    ["rawjson", 10],
    ["quiet", 10],
  ] as const)("may be one line without an end: little of it is kept (%s, %i MB)", (mode, megabytes) => {
    const io = fakeIo();
    let written = 0;
    let longest = 0;
    io.stderr.write = (text: string) => {
      written += text.length;
      longest = Math.max(longest, text.length);
      return true;
    };
    const progress = startProgress(mode, io);
    const piece = Buffer.alloc(1 << 16, "x");
    progress.report(started(1, "RUN endless", 0));
    for (let index = 0; index < megabytes * 16; index += 1) progress.report(output(1, piece, index));
    progress.report(failed(1, "exit code: 1", 2000));
    progress.report(buildDone(false, 2000));
    progress.close();
    // Nothing is held back that could grow: what comes in goes out at once, or is dropped.
    expect(longest).toBeLessThan(200_000);
    expect(written > megabytes << 20).toBe(mode === "plain" || mode === "rawjson");
    const kept = endReport(progress.view).join("\n");
    expect(kept.length).toBeGreaterThan(16_384);
    expect(kept.length).toBeLessThan(70_000);
  });
});

describe("the live view of a RUN", () => {
  it("stays on one line for a line of any length", () => {
    const view = new BuildView();
    const io = fakeIo();
    io.stderr.columns = 80;
    view.report(started(1, "RUN endless", 0));
    view.report(output(1, "x".repeat(1 << 20), 1));
    new TtyRenderer(io.stderr, view, plainPaint).tick(10);
    for (const line of io.stderr.text.replace(ownControl, "").split("\n")) {
      expect(line.length).toBeLessThanOrEqual(79);
    }
  });
});
