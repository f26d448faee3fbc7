// The real process: exit status, streams, signals, what is loaded. Each test starts Node, so they are few.
import { execFile, execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/tsbuild.mjs", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], nodeArgs: readonly string[] = []): Promise<Ended> {
  const env = { PATH: "", HOME: folder, TSBUILD_STORE: join(folder, "store"), NODE_NO_WARNINGS: "1" };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...nodeArgs, bin, ...args],
      { cwd: folder, env },
      (_, out, err) => resolve({ status: child.exitCode, out, err }),
    );
  });
}

describe("the process", () => {
  it("exits with 0 and answers on standard output", async () => {
    expect(await start(["--version"])).toEqual({ status: 0, out: "0.1.0\n", err: "" });
  });

  it.each([
    [["--pusk", "."], "Unknown option '--pusk'. Did you mean --push?"],
    [["images", "a", "b"], "Too many arguments"],
    [["--secret", "id=a", "."], "Cannot use --secret id=a: "],
  ])("exits with 2 for the wrong usage %j and says so on standard error", async (args, message) => {
    const { status, out, err } = await start(args);
    expect(status).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
  });

  it("exits with 1 when something failed", async () => {
    const { status, out, err } = await start(["rmi", "missing"]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain("Cannot find image missing");
  });

  it("does not load a package for --help", async () => {
    const hook = join(folder, "hook.mjs");
    writeFileSync(
      hook,
      `import { registerHooks } from "node:module";
      const urls = [];
      registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
      process.on("exit", () => process.stderr.write(urls.join("\\n")));`,
    );
    const { status, err } = await start(["--help"], ["--import", hook]);
    expect(status).toBe(0);
    expect(err).toContain("program.ts");
    expect(err).not.toMatch(/undici|zod|packages\/(?!cli\/)/);
  });

  it("does not exit as if all were well when what it waits for can never come", async () => {
    const hook = join(folder, "never.mjs");
    writeFileSync(
      hook,
      `import { registerHooks } from "node:module";
      const source = "export const run = () => new Promise(() => {})";
      registerHooks({ load: (url, context, next) =>
        url.endsWith("/commands/version.ts") ? { format: "module", source, shortCircuit: true } : next(url, context) });`,
    );
    const { status, err } = await start(["version"], ["--import", hook]);
    expect(status).toBe(1);
    expect(err).toMatch(/^ERROR: Cannot go on: /);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends by %s with %i", async (signal, status) => {
    // It waits for a Dockerfile on standard input that never comes.
    const child = spawn(process.execPath, [bin, "-f", "-", "--progress", "plain", folder], { cwd: folder });
    let err = "";
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    // Handlers are set before anything is read; a byte that is taken shows that reading has begun.
    await new Promise<void>((resolve) => child.stdin.write("#".repeat(1 << 20), () => resolve()));
    child.kill(signal);
    expect(await ended).toBe(status);
    expect(err).toContain(`Interrupted by ${signal}`);
  });

  it("dies by the second signal also when it is stuck in a call that does not return", async () => {
    // Reading the certificates blocks a thread of the pool as long as we hold the pipe open and write nothing.
    const pipe = join(folder, "certificates");
    execFileSync("mkfifo", [pipe]);
    const child = spawn(process.execPath, [bin, "pull", "registry.invalid/a"], {
      env: { ...process.env, SSL_CERT_FILE: pipe, TSBUILD_STORE: join(folder, "store") },
    });
    const ended = new Promise((resolve) => child.on("close", (_code, signal) => resolve(signal)));
    const writer = await open(pipe, "w");
    // Two that come together are one to the kernel.
    const insisting = setInterval(() => child.kill("SIGTERM"), 50);
    expect(await ended).toBe("SIGTERM");
    clearInterval(insisting);
    await writer.close();
  });

  it.runIf(existsSync("/dev/full"))(
    "says so when standard output takes nothing, without a stack",
    async () => {
      const full = openSync("/dev/full", "w");
      const child = spawn(process.execPath, [bin, "version"], { stdio: ["ignore", full, "pipe"] });
      closeSync(full);
      let err = "";
      child.stderr?.on("data", (data: Buffer) => (err += data.toString()));
      expect(await new Promise((resolve) => child.on("close", resolve))).toBe(1);
      expect(err).toMatch(/^ERROR: Cannot write to standard output: ENOSPC.*\n$/);
    },
  );

  it("is quiet when the reader of its output goes away", async () => {
    const child = spawn(process.execPath, [bin, "build", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let err = "";
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(err).toBe("");
    expect([0, 141]).toContain(status);
  });
});
