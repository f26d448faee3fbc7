import { describe, expect, it } from "vitest";
import { checkProcess } from "./check-process.ts";
import { fileAt, processOf } from "./run-order.fixture.ts";

const check =
  (...parts: Parameters<typeof processOf>) =>
  () =>
    checkProcess(processOf(...parts));

describe("checkProcess", () => {
  it("takes what can be run", () => {
    expect(
      check({
        args: ["sh", "-c", "a=b"],
        env: [
          ["A B", "=\n"],
          ["-u", ""],
        ],
        files: [fileAt("/etc/hosts")],
        devFiles: [{ path: "pipes/EOF", content: new Uint8Array() }],
      }),
    ).not.toThrow();
  });

  it.each([
    ["an argument", { args: ["a\0b"] }],
    ["a variable", { env: [["A", "\0"]] as const }],
    ["the folder", { cwd: "/a\0" }],
  ])("refuses a NUL in %s", (_what, parts) => {
    expect(check(parts)).toThrow(/has a NUL character/);
  });

  it.each(["", "A=B"])("refuses the variable name %j", (name) => {
    expect(check({ env: [[name, "x"]] })).toThrow(/names no variable/);
  });

  it("refuses a host name that the kernel would cut", () => {
    expect(check({ hostname: "h".repeat(64) })).not.toThrow();
    expect(check({ hostname: "h".repeat(65) })).toThrow(/more than 64 bytes/);
  });

  it("refuses variables that would act on programs of this machine, unless the image has env", () => {
    const env = [
      ["LD_PRELOAD", "/evil.so"],
      ["GCONV_PATH", "/evil"],
    ] as const;
    expect(check({ env })).toThrow(
      "Cannot start true: LD_PRELOAD, GCONV_PATH would act on programs of this machine, and the image has no program " +
        "env to set it; set it in the command itself, or put env(1) into the image",
    );
    expect(check({ env, envProgram: "/usr/bin/env" })).not.toThrow();
    expect(check({ env, envProgram: "/usr/bin/env", args: ["a=b"] })).toThrow(/take its name for a variable/);
  });

  it.each(["", "/abs", "../x", "a/../b", "a//b", "null", "shm/x", "fd"])(
    "takes no file below /dev at %j",
    (path) => {
      expect(check({ devFiles: [{ path, content: new Uint8Array() }] })).toThrow(TypeError);
    },
  );

  it.each(["etc/hosts", "/etc/../hosts", "/", "/etc//hosts"])("takes no file at %j", (target) => {
    expect(check({ files: [fileAt(target)] })).toThrow(TypeError);
  });

  it("needs a program and an absolute folder", () => {
    expect(check({ args: [] })).toThrow(TypeError);
    for (const cwd of ["work", "/..", "/a/./b"]) expect(check({ cwd })).toThrow(TypeError);
  });
});
