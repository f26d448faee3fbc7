import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decompress } from "./decompress.ts";
import type { DecompressOptions } from "./decompress.ts";
import { findProgram } from "./find-program.ts";

const root = mkdtempSync(join(tmpdir(), "decoders-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// "The same, twice" by bzip2 -9 and by xz: two streams each, so that the test needs no program.
const text = "The same, twice. ".repeat(40);
const bzip2 = Buffer.from(
  "425a6839314159265359c4dcc5190000779380400504002a620c80200050806800295468190dc4e84c09b04c09" +
    "a1322644d09a13227c27a27813e13f177245385090c4dcc519",
  "hex",
);
const xz = Buffer.from(
  "fd377a585a0000016922de360200210116000000742fe5a3e002a7001c5d002a1a08a2033584a4aeaf1415cdd1" +
    "799573c911df02bb220a51ba200000d8a64ef9000134a80500000003b5372b3e300d8b020000000001595a",
  "hex",
);
const twice = (bytes: Buffer) => Buffer.concat([bytes, bytes]);

async function unfold(bytes: Uint8Array, options: DecompressOptions = {}): Promise<string> {
  async function* portions() {
    for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
  }
  const parts: Uint8Array[] = [];
  for await (const part of decompress(portions(), options)) parts.push(part);
  return Buffer.concat(parts).toString();
}

const ways: [string, DecompressOptions][] = [["in this process", { searchPath: "" }]];
const path = process.env["PATH"] ?? "";
if (findProgram("bzip2", path) && findProgram("xz", path))
  ways.push(["by the system's programs", { searchPath: path }]);

describe.each(ways)("bzip2 and xz %s", (_, options) => {
  it("are read, also several streams", async () => {
    expect(await unfold(twice(bzip2), options)).toBe(text + text);
    expect(await unfold(twice(xz), options)).toBe(text + text);
  });

  it("that are cut short or damaged are typed errors", async () => {
    for (const bytes of [bzip2, xz]) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xff, 30, 60);
      for (const bad of [bytes.subarray(0, bytes.length - 9), damaged]) {
        await expect(unfold(bad, options)).rejects.toMatchObject({ code: "COMPRESSION_CORRUPT" });
      }
    }
  });

  it("hand on the errors of the source", async () => {
    const reason = new Error("connection reset");
    for (const bytes of [bzip2, xz]) {
      async function* failing() {
        yield bytes.subarray(0, 40);
        throw reason;
      }
      const reading = (async () => {
        for await (const part of decompress(failing(), options)) expect(part.length).toBeGreaterThan(0);
      })();
      await expect(reading).rejects.toBe(reason);
    }
  });
});

/** A program of this name in a folder of its own. */
function fakeProgram(folder: string, name: string, script: string): string {
  const path = join(root, folder);
  spawnSync("mkdir", ["-p", path]);
  writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, name), 0o755);
  return path;
}

describe("the system's programs", () => {
  it("get nothing of our environment", async () => {
    const searchPath = fakeProgram("environment", "bzip2", "/usr/bin/env");
    const seen = await unfold(bzip2, { searchPath });
    expect(seen).toContain("LC_ALL=C");
    expect(seen).not.toContain("PATH=" + path);
    expect(seen).not.toContain("NODE");
  });

  it("that fail say why in the error", async () => {
    const searchPath = fakeProgram("failing", "xz", "echo 'xz: memory usage limit reached' >&2; exit 1");
    await expect(unfold(xz, { searchPath })).rejects.toMatchObject({
      code: "COMPRESSION_CORRUPT",
      message: "Cannot decompress xz: xz: memory usage limit reached",
    });
  });

  it("that can't be started are typed errors", async () => {
    const searchPath = fakeProgram("unstartable", "xz", "");
    writeFileSync(join(searchPath, "xz"), "#!/nonexistent/interpreter\n");
    await expect(unfold(xz, { searchPath })).rejects.toMatchObject({ code: "COMPRESSION_UNSUPPORTED" });
  });

  it("die with the signal, and its reason comes out", async () => {
    const searchPath = fakeProgram("hanging", "xz", "echo $$; exec sleep 600");
    const controller = new AbortController();
    const reason = new Error("enough");
    let pid = 0;
    const reading = (async () => {
      for await (const part of decompress(endless(), { searchPath, signal: controller.signal })) {
        pid = Number(Buffer.from(part).toString());
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => isRunning(pid)).toBe(false);

    async function* endless() {
      for (;;) yield xz;
    }
  });

  it("are not looked for in the current folder", () => {
    expect(findProgram("package.json", `.:${process.cwd()}`)).toBe(undefined);
    expect(findProgram("x", "bin:")).toBe(undefined);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
