import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { processIdentity, processState } from "./process-identity.ts";

describe("process identity", () => {
  it("is the same as long as the process runs, and fits a file name", () => {
    expect(processIdentity()).toBe(processIdentity());
    expect(processIdentity()).toMatch(/^[0-9a-f-]+$/);
    expect(processState(processIdentity())).toBe("running");
  });

  it("is another process's when only the number is the same", () => {
    const [pid, start, ...rest] = processIdentity().split("-");
    const earlier = [pid, String(Number(start) - 1), ...rest].join("-");
    // Where there is no /proc the number is all that is known.
    expect(processState(earlier)).toBe(process.platform === "linux" ? "ended" : "running");
  });

  it("ends with the process", () => {
    const module = new URL("process-identity.ts", import.meta.url).href;
    const code = `import { processIdentity } from ${JSON.stringify(module)}; console.log(processIdentity())`;
    const args = ["--no-warnings", "--input-type=module", "-e", code];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(processState(stdout.trim())).toBe("ended");
  });

  it.each(["", "x", "1-2-3", "../x", "1-2-3-zzzzzzzz-00000000"])("does not know %j", (identity) => {
    expect(processState(identity)).toBe("unknown");
  });
});
