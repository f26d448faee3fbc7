import { describe, expect, it } from "vitest";
import { findTool } from "./find-tool.ts";
import { runTool } from "./run-tool.ts";

describe("findTool", () => {
  it("looks for a bare name in fixed folders, whatever PATH is", () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      expect(findTool("sh")).toMatch(/^\/(usr\/)?bin\/sh$/);
    } finally {
      process.env["PATH"] = path;
    }
    expect(findTool("no-such-program")).toBeUndefined();
    expect(() => findTool("../bin/sh")).toThrow(TypeError);
  });
});

describe("runTool", () => {
  it("gives the tool its input and nothing of our environment", async () => {
    process.env["TSBUILD_CANARY"] = "canary";
    try {
      const result = await runTool("sh", ["-c", "cat; echo $TSBUILD_CANARY $LC_ALL $PWD >&2; exit 3"], {
        input: Buffer.from("in"),
      });
      expect(result).toEqual({ status: 3, stdout: Buffer.from("in"), stderr: "C /\n" });
    } finally {
      delete process.env["TSBUILD_CANARY"];
    }
  });

  it("takes input in pieces, and a tool that does not read it", async () => {
    async function* pieces() {
      for (let i = 0; i < 100; i++) yield Buffer.alloc(64 * 1024, "x");
    }
    expect((await runTool("sh", ["-c", "cat"], { input: pieces() })).stdout.length).toBe(6_553_600);
    expect((await runTool("sh", ["-c", "exit 0"], { input: pieces() })).status).toBe(0);
  });

  it("says which signal ended a tool, and keeps only the start of long complaints", async () => {
    expect((await runTool("sh", ["-c", "kill -9 $$"])).status).toBe(137);
    const { stderr } = await runTool("sh", [
      "-c",
      "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done",
    ]);
    expect(stderr.length).toBe(64 * 1024);
  });

  it("names the package of a missing tool", async () => {
    await expect(runTool("no-such-program", [])).rejects.toMatchObject({
      code: "TOOL_MISSING",
      facts: { tool: "no-such-program" },
    });
  });

  it("says so when no descriptor is left to start it with", async () => {
    const script = `
      import { closeSync, openSync } from "node:fs";
      import { findTool } from ${JSON.stringify(new URL("find-tool.ts", import.meta.url).href)};
      import { runTool } from ${JSON.stringify(new URL("run-tool.ts", import.meta.url).href)};
      findTool("true");
      const open = [];
      try { for (;;) open.push(openSync("/dev/null")); } catch {}
      const error = await runTool("true", []).catch((error) => error);
      for (const fd of open) closeSync(fd);
      console.log(error.code, error.message);`;
    const node = `ulimit -n 256; exec "$0" --disable-warning=ExperimentalWarning --input-type=module -`;
    const { stdout, stderr } = await runTool("sh", ["-c", node, process.execPath], {
      input: Buffer.from(script),
    });
    expect(stderr).toBe("");
    expect(stdout.toString()).toMatch(/^TOOL_MISSING Cannot run true: .*EMFILE; raise the limits/);
  });

  it("kills the tool when its input fails or the signal fires", async () => {
    async function* failing() {
      yield Buffer.from("x");
      throw new Error("torn");
    }
    await expect(runTool("sh", ["-c", "cat; exec sleep 60"], { input: failing() })).rejects.toThrow("torn");
    const controller = new AbortController();
    const running = runTool("sh", ["-c", "exec sleep 60"], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    const held = new AbortController();
    const holding = runTool("sh", ["-c", "sleep 1 & exec sleep 60"], { signal: held.signal });
    held.abort(new Error("at once"));
    await expect(holding).rejects.toThrow("at once");
  });
});
