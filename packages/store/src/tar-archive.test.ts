import { execFileSync } from "node:child_process";
import { mkdir, open, readFile, symlink, link, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { bytesOf, testFolder } from "./blobs.fixture.ts";
import type { TarMember } from "./tar-archive.ts";
import { indexTar } from "./tar-archive.ts";
import type { TarFile } from "./tar-writer.ts";
import { writeTar } from "./tar-writer.ts";

async function pack(files: TarFile[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(files)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function file(name: string, text: string): TarFile {
  return { name, size: Buffer.byteLength(text), bytes: () => bytesOf(text) };
}

async function index(bytes: Uint8Array): Promise<Map<string, TarMember>> {
  const path = join(await testFolder(), "archive.tar");
  await writeFile(path, bytes);
  return indexFileAt(path);
}

async function indexFileAt(path: string): Promise<Map<string, TarMember>> {
  const handle = await open(path);
  onTestFinished(() => handle.close());
  return indexTar(handle, path);
}

/** What the system's tar makes of these arguments, in a folder with a few files. */
async function systemTar(...args: string[]): Promise<Record<string, string>> {
  const folder = await testFolder();
  // Too long for the name field; ustar takes it in two parts, the others have their own ways.
  const long = args.includes("--format=ustar") ? `${"l".repeat(90)}/${"m".repeat(90)}` : "l".repeat(150);
  await mkdir(join(folder, "in", "sub", long), { recursive: true });
  await writeFile(join(folder, "in", "a"), "first");
  await writeFile(join(folder, "in", "sub", long, "b"), "second");
  await symlink("../a", join(folder, "in", "sub", "link"));
  await link(join(folder, "in", "a"), join(folder, "in", "hard"));
  const path = join(folder, "x.tar");
  execFileSync("tar", [...args, "-cf", path, "-C", join(folder, "in"), "."]);
  const bytes = await readFile(path);
  const found = [...(await indexFileAt(path))].map(([name, { offset, size }]): [string, string] => [
    name.replace(long, "long"),
    bytes.toString("utf8", offset, offset + size),
  ]);
  return Object.fromEntries(found);
}

describe("indexTar", () => {
  it.each([["--format=ustar"], ["--format=gnu"], ["--format=posix"]])(
    "reads what tar %s writes",
    async (format) => {
      const expected = { a: "first", hard: "first", "sub/long/b": "second", "sub/link": "first" };
      expect(await systemTar(format)).toEqual(expected);
    },
  );

  it("reads what writeTar writes", async () => {
    const long = `blobs/sha512/${"a".repeat(128)}`;
    const bytes = await pack([
      { name: "blobs/", size: 0 },
      file(long, "x"),
      file("b", "y".repeat(513)),
      file("ü", ""),
    ]);
    const members = await index(bytes);
    expect([...members.keys()]).toEqual([long, "b", "ü"]);
    expect(members.get("b")?.size).toBe(513);
  });

  it("takes the later of two members of one name", async () => {
    const bytes = await pack([file("a", "1"), file("./a", "22")]);
    expect((await index(bytes)).get("a")?.size).toBe(2);
  });

  it("CVE-2024-3727: keeps names that leave the archive inside it", async () => {
    const bytes = await pack([file("../../etc/passwd", "1"), file("/abs", "2"), file("a/../b", "3")]);
    expect([...(await index(bytes)).keys()]).toEqual(["etc/passwd", "abs", "b"]);
  });

  it.each([
    ["is cut inside a member", (tar: Buffer) => tar.subarray(0, 600)],
    ["has a wrong checksum", (tar: Buffer) => tar.fill(0x41, 0, 1)],
    ["is empty", () => Buffer.alloc(0)],
    ["is something else", () => Buffer.alloc(4096, "x")],
    ["has only zeros", () => Buffer.alloc(4096)],
  ])("refuses a file that %s", async (_, damage) => {
    const tar = damage(await pack([file("a", "x".repeat(1000))]));
    await expect(index(tar)).rejects.toMatchObject({ code: "ARCHIVE_INVALID" });
  });

  it.each(["88888888888", "-1", "7777777777x"])("refuses the size %j", async (size) => {
    const tar = await pack([file("a", "x")]);
    tar.fill(0, 124, 136).write(size, 124);
    tar.fill(" ", 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(sum.toString(8).padStart(6, "0"), 148);
    await expect(index(tar)).rejects.toMatchObject({ code: "ARCHIVE_INVALID" });
  });

  it("ends when links point at each other", async () => {
    const folder = await testFolder();
    await mkdir(join(folder, "in"));
    await symlink("b", join(folder, "in", "a"));
    await symlink("a", join(folder, "in", "b"));
    await symlink("/etc/passwd", join(folder, "in", "c"));
    execFileSync("tar", ["-cf", join(folder, "x.tar"), "-C", join(folder, "in"), "."]);
    expect(await indexFileAt(join(folder, "x.tar"))).toEqual(new Map());
  });
});

describe("writeTar", () => {
  it("writes what the system's tar reads", async () => {
    const folder = await testFolder();
    const long = `blobs/sha512/${"a".repeat(128)}`;
    await writeFile(
      join(folder, "x.tar"),
      await pack([{ name: "blobs/", size: 0 }, file(long, "text"), file("b", "")]),
    );
    const listed = execFileSync("tar", ["-tvf", join(folder, "x.tar"), "--utc", "--numeric-owner"], {
      encoding: "utf8",
    });
    expect(
      listed
        .trim()
        .split("\n")
        .map((line) => line.replace(/\s+/g, " ")),
    ).toEqual([
      "drwxr-xr-x 0/0 0 1970-01-01 00:00 blobs/",
      `-rw-r--r-- 0/0 4 1970-01-01 00:00 ${long}`,
      "-rw-r--r-- 0/0 0 1970-01-01 00:00 b",
    ]);
  });

  it("says so when a member has not as many bytes as it should", async () => {
    await expect(pack([{ name: "a", size: 2, bytes: () => bytesOf("x") }])).rejects.toThrow(RangeError);
  });

  it("writes sizes that an octal field can't hold", async () => {
    const size = 9 * 1024 ** 3;
    const header = await writeTar([{ name: "a", size, bytes: () => bytesOf() }]).next();
    expect(Buffer.from(header.value ?? []).toString("latin1")).toContain(` size=${size}\n`);
  });
});
