import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { readAttributes } from "./read-attributes.ts";

// A script stands in for the program, which not every machine has.
describe.skipIf(process.platform !== "linux")("readAttributes", () => {
  const folder = mkdtempSync(join(tmpdir(), "attributes-"));
  const path = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path;
    for (const name of ["getfattr", "tar"]) rmSync(join(folder, name), { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (signal?: AbortSignal, limitBytes = 1000) =>
    readAttributes(folder, { names: "^user\\.", signal, limitBytes });
  const pretend = (script: string, program = "getfattr") => {
    writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env["PATH"] = `${folder}:/usr/bin:/bin`;
  };

  it("says so when there is no program for it", async () => {
    process.env["PATH"] = folder;
    expect(await read()).toBeUndefined();
  });

  it("takes no tar but GNU's, and none where it may not", async () => {
    pretend('echo "bsdtar 3.6.2"', "tar");
    process.env["PATH"] = folder;
    expect(await read()).toBeUndefined();
    pretend("exit 3", "tar");
    process.env["PATH"] = folder;
    expect(await readAttributes(folder, { names: "^user", programs: ["getfattr"] })).toBeUndefined();
    await expect(read()).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("starts the program in the folder, with a pattern for names", async () => {
    pretend('echo "# file: $(basename "$PWD")"; echo "user.$6=0x31"');
    const found = await read();
    expect([...(found ?? [])].map(([file, values]) => [file, [...values.keys()]])).toEqual([
      [folder.slice(folder.lastIndexOf("/") + 1), ["user.^user\\."]],
    ]);
  });

  it("passes over what it may not look at, but not over what it failed to read", async () => {
    pretend('echo "getfattr: x/y: Permission denied" >&2; exit 1');
    expect(await read()).toEqual(new Map());
    pretend('echo "getfattr: x: Permission denied" >&2; echo "getfattr: y: Input/output error" >&2; exit 1');
    await expect(read()).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("y: Input/output error"),
    });
    pretend("kill -9 $$");
    await expect(read()).rejects.toThrow("SIGKILL");
  });

  it("takes output in pieces, wherever they are cut", async () => {
    pretend(
      'printf "# fi"; sleep 0.1; printf "le: a\\nuser.x=0x3"; sleep 0.1; printf "1\\n\\n# file: b\\nuser.y=0x32"',
    );
    const found = [...((await read()) ?? [])].map(([path, values]) => [path, Object.fromEntries(values)]);
    expect(found).toEqual([
      ["a", { "user.x": Buffer.from("1") }],
      ["b", { "user.y": Buffer.from("2") }],
    ]);
  });

  it("ends a program that finds more than can be held, and says what to do", async () => {
    pretend('echo "# file: a"; while :; do i=$((i+1)); echo "user.$i=0x3131313131313131"; done');
    await expect(read()).rejects.toMatchObject({
      code: "ATTRIBUTES_LIMIT",
      message: expect.stringMatching(/more than 1000 bytes of them; remove those .*setfattr -x/),
      facts: { path: folder, limit: 1000 },
    });
  });

  it("says that tar's archive is none, and not that tar was ended for it", async () => {
    const listing = 'echo "drwxr-xr-x* 0/0 0 2026-01-01 00:00 \\"./\\""';
    const version = 'case "$*" in *--version*) echo "tar (GNU tar) 1.35"; exit 0;; *--verbose*)';
    const byTar = () => readAttributes(folder, { names: "^user", programs: ["tar"] });
    pretend(`${version} ${listing};; *) while :; do echo "this is no archive $*"; done;; esac`, "tar");
    await expect(byTar()).rejects.toMatchObject({ code: "TAR_CORRUPT" });
    pretend(
      `${version} ${listing};; *) echo "tar: x: Input/output error" >&2; echo cut; exit 2;; esac`,
      "tar",
    );
    await expect(byTar()).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("x: Input/output error"),
    });
  });

  it("ends with the signal's reason", async () => {
    pretend("sleep 60");
    const controller = new AbortController();
    const reading = read(controller.signal);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await expect(read(controller.signal)).rejects.toThrow("enough");
  });
});
