import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { encodeHeader, headerRoom } from "./tar-header.ts";
import type { TarHeaderFields } from "./tar-header.ts";
import { archive, encodeEntry, octal, plain, rawHeader, readAllEntries } from "./tar.fixture.ts";

const file = (fields: Partial<TarHeaderFields & { size: number }>): TarHeaderFields =>
  ({ ...plain, kind: "file", path: "a", size: 0, ...fields }) as TarHeaderFields;

/** The header blocks of an entry. */
function blocksOf(entry: TarHeaderFields): Buffer[] {
  const bytes = encodeEntry(entry);
  return Array.from({ length: bytes.length / 512 }, (_, i) => bytes.subarray(i * 512, (i + 1) * 512));
}

describe("encodeHeader", () => {
  it("writes plain entries as one ustar block, field by field as Go does", () => {
    const entry = file({
      path: "etc/passwd",
      mode: 0o4755,
      uid: 1000,
      gid: 50,
      mtimeSec: 1_700_000_000,
      size: 5,
    });
    const expected = rawHeader({
      name: "etc/passwd",
      mode: "0004755\0",
      uid: "0001750\0",
      gid: "0000062\0",
      size: "00000000005\0",
      mtime: `${octal(1_700_000_000, 11)}\0`,
      major: "0000000\0",
      minor: "0000000\0",
    });
    const out = Buffer.alloc(512, 0xff);
    expect(encodeHeader(entry, out, 0)).toBe(512);
    expect(out.equals(expected)).toBe(true);
  });

  it("ends folders with a slash and calls the root ./", () => {
    const folder = { ...plain, kind: "directory" as const, mode: 0o755 };
    expect(blocksOf({ ...folder, path: "usr/lib" })[0]!.toString("latin1", 0, 9)).toBe("usr/lib/\0");
    expect(blocksOf({ ...folder, path: "" })[0]!.toString("latin1", 0, 3)).toBe("./\0");
  });

  it("splits names of up to 256 bytes at a slash, and uses PAX for longer ones", () => {
    const split = `${"p".repeat(155)}/${"n".repeat(100)}`;
    const [block, ...rest] = blocksOf(file({ path: split }));
    expect(rest).toEqual([]);
    expect(block!.toString("latin1", 345, 500)).toBe("p".repeat(155));
    expect(block!.toString("latin1", 0, 100)).toBe("n".repeat(100));
    expect(blocksOf(file({ path: `${"p".repeat(156)}/${"n".repeat(99)}` }))).toHaveLength(3);
    expect(blocksOf(file({ path: "n".repeat(101) }))).toHaveLength(3);
    expect(blocksOf(file({ path: "n".repeat(100) }))).toHaveLength(1);
  });

  it("names the PAX header after the entry, as Go does", () => {
    const [block, records] = blocksOf(file({ path: "srv/größe", uid: 3_000_000 }));
    expect(block!.toString("latin1", 0, 30).replace(/\0.*/s, "")).toBe("srv/PaxHeaders.0/gre");
    expect(block!.toString("latin1", 156, 157)).toBe("x");
    expect(records!.toString("utf8").replace(/\0+$/, "")).toBe("20 path=srv/größe\n15 uid=3000000\n");
  });

  it("counts the length of PAX records in bytes, its own digits included", () => {
    for (let length = 80; length < 110; length++) {
      const [, records] = blocksOf(file({ path: "ü".repeat(length) }));
      const text = Buffer.concat(blocksOf(file({ path: "ü".repeat(length) })).slice(1, -1));
      expect(text.subarray(0, Number.parseInt(records!.toString("latin1"), 10)).at(-1)).toBe(0x0a);
    }
  });

  it("writes PAX records only for what ustar can't say", () => {
    const keys = (fields: Partial<TarHeaderFields & { size: number }>): string[] => {
      const [, records, header] = blocksOf(file(fields));
      if (header === undefined) return [];
      return records!
        .toString("latin1")
        .replace(/\0+$/, "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.slice(line.indexOf(" ") + 1));
    };
    expect(keys({ uid: 0o7777777 })).toEqual([]);
    expect(keys({ uid: 0o10000000, gid: 0xffffffff })).toEqual(["gid=4294967295", "uid=2097152"]);
    expect(keys({ size: 8 * 1024 ** 3 - 1 })).toEqual([]);
    expect(keys({ size: 8 * 1024 ** 3 })).toEqual(["size=8589934592"]);
    expect(keys({ mtimeSec: 5, mtimeNsec: 120_000_000 })).toEqual(["mtime=5.12"]);
    expect(keys({ mtimeSec: -2, mtimeNsec: 500_000_000 })).toEqual(["mtime=-1.5"]);
    expect(keys({ mtimeSec: -1, mtimeNsec: 500_000_000 })).toEqual(["mtime=-0.5"]);
    expect(keys({ mtimeSec: -7 })).toEqual(["mtime=-7"]);
    expect(keys({ mtimeSec: 2 ** 33 })).toEqual(["mtime=8589934592"]);
  });

  it("refuses a name with a NUL instead of cutting it", () => {
    expect(() => encodeEntry(file({ path: "a\0b" }))).toThrow(TypeError);
  });

  it("throws a RangeError when the buffer is too small", () => {
    expect(() => encodeHeader(file({}), Buffer.alloc(600), 100)).toThrow(RangeError);
    expect(() => encodeHeader(file({ path: "ü" }), Buffer.alloc(1535), 0)).toThrow(RangeError);
  });

  it("needs no more room than headerRoom says", () => {
    const xattrs = new Map([["user.ü", Buffer.alloc(3000, 1)]]);
    const entry = file({ path: "日".repeat(700), uid: 2 ** 32 - 1, mtimeNsec: 1, size: 2 ** 50, xattrs });
    expect(encodeHeader(entry, Buffer.alloc(headerRoom(entry)), 0)).toBeLessThanOrEqual(headerRoom(entry));
  });
});

const entries: TarHeaderFields[] = [
  { ...plain, kind: "directory", path: "d", mode: 0o1777, mtimeSec: 1_600_000_000 },
  { ...plain, kind: "file", path: "d/größe.txt", size: 3, mode: 0o4755, uid: 123_456, gid: 7 },
  { ...plain, kind: "file", path: `d/${"long/".repeat(60)}name`, size: 0 },
  { ...plain, kind: "symlink", path: "d/link", target: `../${"far/".repeat(40)}away` },
  { ...plain, kind: "hardlink", path: "d/same", target: "d/größe.txt" },
  { ...plain, kind: "fifo", path: "d/pipe" },
  { ...plain, kind: "device", path: "d/null", type: "char", major: 1, minor: 3 },
];
const bytes = archive(
  ...entries.map((entry) => encodeEntry(entry, entry.kind === "file" && entry.size > 0 ? "abc" : "")),
);

describe("archives that are written here", () => {
  it("read as the same entries by this package", async () => {
    expect((await readAllEntries(bytes)).map(({ entry }) => entry)).toEqual(entries);
  });

  it("read as the same entries by tar-stream", async () => {
    const seen: unknown[] = [];
    const parser = extract();
    parser.end(bytes);
    for await (const item of parser) {
      const { name, type, uid, size, linkname, devmajor, devminor } = item.header;
      seen.push([name.replace(/\/$/, ""), type, uid, size, linkname, devmajor, devminor]);
      item.resume();
    }
    expect(seen).toEqual([
      ["d", "directory", 0, 0, null, 0, 0],
      ["d/größe.txt", "file", 123_456, 3, null, 0, 0],
      [entries[2]!.path, "file", 0, 0, null, 0, 0],
      ["d/link", "symlink", 0, 0, `../${"far/".repeat(40)}away`, 0, 0],
      ["d/same", "link", 0, 0, "d/größe.txt", 0, 0],
      ["d/pipe", "fifo", 0, 0, null, 0, 0],
      ["d/null", "character-device", 0, 0, null, 1, 3],
    ]);
  });

  it("list as the same entries with GNU tar", (context) => {
    if (!hasGnuTar()) context.skip("there is no GNU tar on this machine");
    const options = ["--quoting-style=escape", "--numeric-owner", "--utc", "-tvf", "-"];
    const listed = execFileSync("tar", options, {
      input: bytes,
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
    });
    expect(
      listed
        .toString("latin1")
        .trim()
        .split("\n")
        .map((line) => line.replace(/ +/g, " ")),
    ).toEqual([
      "drwxrwxrwt 0/0 0 2020-09-13 12:26 d/",
      "-rwsr-xr-x 123456/7 3 1970-01-01 00:00 d/gr\\303\\266\\303\\237e.txt",
      `-rw-r--r-- 0/0 0 1970-01-01 00:00 ${entries[2]!.path}`,
      `lrw-r--r-- 0/0 0 1970-01-01 00:00 d/link -> ../${"far/".repeat(40)}away`,
      "hrw-r--r-- 0/0 0 1970-01-01 00:00 d/same link to d/gr\\303\\266\\303\\237e.txt",
      "prw-r--r-- 0/0 0 1970-01-01 00:00 d/pipe",
      "crw-r--r-- 0/0 1,3 1970-01-01 00:00 d/null",
    ]);
  });
});

function hasGnuTar(): boolean {
  try {
    return execFileSync("tar", ["--version"]).toString().includes("GNU tar");
  } catch {
    return false;
  }
}
