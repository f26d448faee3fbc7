import { parsePlatform } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import type { RunEffect } from "../plan/plan.ts";
import { OutputTail } from "./output-tail.ts";
import { failureOf, missingProgram } from "./process-failure.ts";

const effect: RunEffect = {
  kind: "run",
  args: ["/bin/sh", "-c", 'echo "x"; false'],
  env: [],
  proxies: [],
  workdir: "/",
  user: "",
  network: "host",
  hostname: "h",
  extraHosts: [],
  scripts: [],
};

function failure(status: number, output = "", outOfMemory = false) {
  const tail = new OutputTail();
  tail.push(Buffer.from(output));
  return failureOf(effect, { status, outOfMemory }, tail, parsePlatform("linux/arm64"));
}

describe("a RUN that fails", () => {
  it("says its command and status in BuildKit's words, and keeps the end of its output", () => {
    const error = failure(3, "one\ntwo\n");
    expect(error.message).toBe(
      'process "/bin/sh -c echo \\"x\\"; false" did not complete successfully: exit code: 3',
    );
    expect(error.output).toBe("one\ntwo");
  });

  it("says what a status means that no program chooses", () => {
    expect(failure(137).message).toMatch(/exit code: 137: it was killed \(SIGKILL\)$/);
    expect(failure(137, "", true).message).toMatch(/exit code: 137: the kernel ended it for want of memory/);
    expect(failure(139).message).toMatch(/exit code: 139: it crashed \(SIGSEGV\)$/);
  });

  it("tells of the emulator that is missing", () => {
    expect(failure(126, "unshare: failed to execute /bin/sh: Exec format error\n").message).toMatch(
      /cannot execute programs for linux\/arm64; register an emulator/,
    );
    expect(failure(126, "permission denied").message).toMatch(/exit code: 126$/);
  });
});

describe("a program that the image lacks", () => {
  it("is told from a shell that it lacks", () => {
    expect(missingProgram(effect, { kind: "missing" }, "/bin").message).toMatch(
      /^Cannot run the shell "\/bin\/sh": the image does not have it; use the form RUN \["program"/,
    );
    const exec = { ...effect, args: ["tool", "x"] };
    expect(missingProgram(exec, { kind: "missing" }, "/bin").message).toBe(
      'Cannot run "tool": it is in no folder of PATH (/bin) in the image',
    );
    expect(missingProgram(exec, { kind: "not-executable", path: "/bin/tool" }, "/bin").message).toMatch(
      /\/bin\/tool in the image is not an executable file; COPY --chmod=755/,
    );
  });
});

describe("the end of an output", () => {
  it("is bounded, in lines and in bytes", () => {
    const tail = new OutputTail();
    for (let n = 0; n < 100; n += 1) tail.push(Buffer.from(`line ${n}\n`));
    expect(tail.text.split("\n")).toHaveLength(20);
    tail.push(Buffer.alloc(1_000_000, "x"));
    expect(tail.text.length).toBeLessThanOrEqual(16 * 1024);
  });

  it("is the same in many pieces as in one", () => {
    const [whole, pieces] = [new OutputTail(), new OutputTail()];
    const bytes = Buffer.from(Array.from({ length: 9000 }, (_, n) => `${n}\n`).join(""));
    whole.push(bytes);
    for (const byte of bytes) pieces.push(Uint8Array.of(byte));
    expect(pieces.text).toBe(whole.text);
    expect(whole.text.split("\n").at(-1)).toBe("8999");
  });

  it("has nothing of what was meant for a terminal", () => {
    const tail = new OutputTail();
    tail.push(Buffer.from("\u001b]0;title\u0007a\u001b]52;c;Y2xpcA==\u001b\\b\n"));
    expect(tail.text).toBe("ab");
  });

  it("has no control characters", () => {
    const tail = new OutputTail();
    tail.push(Buffer.from("\u001b[31mred\u001b[0m\u0007\u0085\tx\r\ny\n"));
    expect(tail.text).toBe("red\tx\ny");
  });
});
