import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layOutFolder, nameStartPrograms } from "./lay-out-folder.ts";
import { fileAt, processOf } from "./run-order.fixture.ts";

describe("layOutFolder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tsbuild-lay-out-"));
    for (const name of ["dev", "proc", "sys", "etc"])
      mkdirSync(join(folder, "stub", name), { recursive: true });
    writeFileSync(join(folder, "stub/etc/hosts"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes the files to be mounted with exactly their modes", () => {
    layOutFolder(folder, processOf({ files: [fileAt("/etc/hosts", "text", 0o666)] }));
    expect(readFileSync(join(folder, "files/0"), "utf8")).toBe("text");
    expect(statSync(join(folder, "files/0")).mode & 0o7777).toBe(0o666);
  });

  it("writes executable files for /dev", () => {
    layOutFolder(folder, processOf({ devFiles: [{ path: "pipes/EOF", content: Buffer.from("#!") }] }));
    const file = join(folder, "devices/pipes/EOF");
    expect(readFileSync(file, "utf8")).toBe("#!");
    expect(statSync(file).mode & 0o7777).toBe(0o755);
    expect(statSync(dirname(file)).mode & 0o7777).toBe(0o755);
  });

  it("refuses mount points that the stubs do not have", () => {
    expect(() => layOutFolder(folder, processOf({ files: [fileAt("/etc/resolv.conf")] }))).toThrow(
      "Cannot mount /etc/resolv.conf: there is no file to mount it on; the stubs must have one",
    );
    expect(() => layOutFolder(folder, processOf({ files: [fileAt("/run/x")] }))).toThrow(
      /mount \/run: there is no folder/,
    );
  });

  it("refuses stubs that are links, which mount would follow (CVE-2026-41579)", () => {
    rmSync(join(folder, "stub/dev"), { recursive: true });
    symlinkSync("/tmp", join(folder, "stub/dev"));
    expect(() => layOutFolder(folder, processOf())).toThrow(/Cannot mount \/dev/);
  });
});

describe("nameStartPrograms", () => {
  it("gives two programs names that nobody else has", () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbuild-names-"));
    try {
      const names = nameStartPrograms(folder, { setpriv: "/a/setpriv" });
      expect(names.setpriv).toBe(`${folder}/${names.token}-setpriv`);
      expect(readlinkSync(names.setpriv)).toBe("/a/setpriv");
      expect(names.unshare).toBe(`${folder}/${names.token}-unshare`);
      expect(statSync(names.unshare).size).toBe(0);
      expect(nameStartPrograms(folder, { setpriv: "/a/setpriv" }).token).not.toBe(names.token);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
