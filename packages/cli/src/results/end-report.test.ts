import { describe, expect, it } from "vitest";
import { BuildView } from "../progress/build-view.ts";
import { buildDone, canceled, done, failed, output, started } from "../testing/progress-events.ts";
import { endReport } from "./end-report.ts";
import { formatError } from "./format-error.ts";

function reportOf(...events: Parameters<BuildView["report"]>[0][]): string[] {
  const view = new BuildView();
  for (const event of events) view.report(event);
  return endReport(view);
}

const processFailed = 'process "/bin/sh -c make" did not complete successfully: exit code: 2';

describe("the end of a build with a RUN that failed", () => {
  it("is docker's: the step, the last it said, its lines of the Dockerfile, the reason", () => {
    const report = reportOf(
      started(1, "[1/2] FROM docker.io/library/busybox:1", 0),
      done(1, 10),
      started(2, "[2/2] RUN make", 100),
      output(2, "compiling\nlinking\n", 223),
      output(2, "\u001b[31mmake: *** Error 2\u001b[0m", 12_445, "stderr"),
      failed(2, processFailed, 12_500),
      buildDone(false, 12_600),
    );
    const span = { start: { line: 2, column: 1, offset: 0 }, end: { line: 2, column: 9, offset: 8 } };
    const location = { path: "/home/me/Dockerfile", source: "FROM busybox:1\nRUN make\nCMD sh\n", span };
    const error = Object.assign(new Error(processFailed), { code: "STEP_FAILED", location });
    const lines = [...report, ...formatError(error, { debug: false, cwd: "/home/me" })];
    expect(`${lines.join("\n")}\n`).toBe(`\
------
 > [2/2] RUN make:
0.123 compiling
0.123 linking
12.35 make: *** Error 2
------
Dockerfile:2
--------------------
   1 |     FROM busybox:1
   2 | >>> RUN make
   3 |     CMD sh
--------------------
ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
`);
  });

  it("names the step also when it said nothing", () => {
    expect(reportOf(started(1, "[2/2] RUN false", 0), failed(1, "exit code: 1", 5))).toEqual([
      "------",
      " > [2/2] RUN false:",
      "------",
    ]);
  });

  it("shows the last 80 lines, and says how many there were before", () => {
    const text = Array.from({ length: 1000 }, (_, index) => `line ${String(index)}\n`).join("");
    const report = reportOf(started(1, "RUN x", 0), output(1, text, 1), failed(1, "no", 2));
    expect(report).toHaveLength(84);
    expect(report.slice(2, 4)).toEqual(["(920 earlier lines)", "0.001 line 920"]);
    expect(report.at(-2)).toBe("0.001 line 999");
  });

  it("shows of a progress bar what it looked like in the end", () => {
    const bar = `${Array.from({ length: 100 }, (_, index) => `${String(index)}%`).join("\r")}\rgave up\n`;
    const report = reportOf(started(1, "RUN x", 0), output(1, bar, 1), failed(1, "no", 2));
    expect(report.slice(2, -1)).toEqual(["0.001 gave up"]);
  });

  it("leaves out what other steps said, and those that only ended because of it", () => {
    const report = reportOf(
      started(1, "[a 2/2] RUN good", 0),
      started(2, "[b 2/2] RUN sleep", 0),
      started(3, "[c 2/2] RUN false", 0),
      started(4, "[d 2/2] RUN other", 0),
      output(1, "good\n", 1),
      output(2, "sleeping\n", 1),
      output(3, "failing\n", 1),
      output(4, "other\n", 1),
      done(1, 2),
      failed(3, processFailed, 3),
      failed(2, processFailed, 4),
      canceled(4, 5),
    );
    expect(report).toEqual(["------", " > [c 2/2] RUN false:", "0.001 failing", "------"]);
  });
});

describe("endReport", () => {
  const position = { line: 3, column: 1, offset: 20 };
  const warning = {
    kind: "warning",
    code: "StageNameCasing",
    message: "use\u001b[31m lower case",
    timeMs: 1,
  } as const;
  const placed = { ...warning, span: { start: position, end: position } };

  it("lists each warning once, with its line", () => {
    expect(reportOf(placed, placed, { ...warning, code: "Other" }, done(9, 1))).toEqual([
      "",
      " 2 warnings found:",
      " - StageNameCasing: use lower case (line 3)",
      " - Other: use lower case",
    ]);
  });

  it("is empty when there is nothing to say", () => {
    expect(reportOf()).toEqual([]);
    expect(reportOf(started(1, "RUN x", 0), output(1, "fine\n", 1), done(1, 2))).toEqual([]);
  });
});
