import { describe, expect, it } from "vitest";
import { endReport } from "../results/end-report.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { buildDone, failed, output, started } from "../testing/progress-events.ts";
import { progressMode } from "./progress-mode.ts";
import { startProgress } from "./progress.ts";

describe("progressMode", () => {
  const mode = (flag: string | undefined, env: Record<string, string>, stderrIsTTY: boolean, quiet = false) =>
    progressMode(flag, quiet, fakeIo({ env, stderrIsTTY }));

  it("is tty on a terminal that a person looks at, else plain", () => {
    expect(mode(undefined, {}, true)).toBe("tty");
    expect(mode("auto", {}, true)).toBe("tty");
    expect(mode(undefined, {}, false)).toBe("plain");
    expect(mode(undefined, { CI: "true" }, true)).toBe("plain");
    expect(mode(undefined, { CI: "false" }, true)).toBe("tty");
    expect(mode(undefined, { TERM: "dumb" }, true)).toBe("plain");
  });

  it("is what the flag says, else what BUILDKIT_PROGRESS says", () => {
    expect(mode("plain", { BUILDKIT_PROGRESS: "rawjson" }, true)).toBe("plain");
    expect(mode(undefined, { BUILDKIT_PROGRESS: "rawjson" }, true)).toBe("rawjson");
    expect(mode(undefined, { BUILDKIT_PROGRESS: "" }, true)).toBe("tty");
    expect(() => mode("fancy", {}, true)).toThrow("Cannot use --progress fancy");
    expect(() => mode(undefined, { BUILDKIT_PROGRESS: "fancy" }, true)).toThrow(
      "Cannot use BUILDKIT_PROGRESS fancy",
    );
  });

  it("is quiet with -q, which another --progress contradicts", () => {
    expect(mode(undefined, { BUILDKIT_PROGRESS: "plain" }, true, true)).toBe("quiet");
    expect(mode("quiet", {}, true, true)).toBe("quiet");
    expect(() => mode("plain", {}, true, true)).toThrow("together");
  });
});

describe("startProgress", () => {
  const show = (mode: Parameters<typeof startProgress>[0]) => {
    const io = fakeIo();
    const progress = startProgress(mode, io);
    progress.report(started(1, "RUN false", 0));
    progress.report(output(1, "why\u009b\n", 5));
    progress.report(failed(1, "exit code: 1", 10));
    progress.report(buildDone(false, 11));
    progress.close();
    return { text: io.stderr.text, stdout: io.stdout.text, view: progress.view };
  };

  it("writes one JSON object an event for rawjson, controls escaped and bytes in base64", () => {
    const { text, stdout } = show("rawjson");
    const events = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(events).toEqual([
      started(1, "RUN false", 0),
      { ...output(1, "", 5), bytes: Buffer.from("why\u009b\n").toString("base64") },
      failed(1, "exit code: 1", 10),
      buildDone(false, 11),
    ]);
    expect(stdout).toBe("");
    const io = fakeIo();
    startProgress("rawjson", io).report(started(1, "a\u009bb", 0));
    expect(io.stderr.text).toContain(String.raw`a\u009bb`);
  });

  it("writes nothing for quiet and none", () => {
    expect(show("quiet").text).toBe("");
    expect(show("none").text).toBe("");
  });

  it("knows in every mode what the report at the end needs", () => {
    expect(endReport(show("quiet").view)).toEqual(["------", " > RUN false:", "0.005 why", "------"]);
  });
});
