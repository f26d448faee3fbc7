import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readAttributes } from "./read-attributes.ts";

// A script stands in for the program, which not every machine has.
describe.skipIf(process.platform !== "linux")("readAttributes", () => {
  const folder = mkdtempSync(join(tmpdir(), "attributes-"));
  const path = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path;
    for (const name of ["getfattr", "tar"]) rmSync(join(folder, name), { force: true });
  });
  const read = (signal?: AbortSignal) => readAttributes(folder, { names: "^user\\.", signal });
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

  it("ends with the signal's reason", async () => {
    pretend("sleep 60");
    const controller = new AbortController();
    const reading = read(controller.signal);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await expect(read(controller.signal)).rejects.toThrow("enough");
  });
});
