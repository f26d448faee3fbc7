import { Buffer } from "node:buffer";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { readTar } from "./read-tar.ts";
import { archive, chunks, member, padded, pax, rawHeader, readAllEntries } from "./tar.fixture.ts";

const gnu = "ustar  \0";

/** Reads one entry. */
async function readOne(...parts: Buffer[]) {
  const entries = await readAllEntries(archive(...parts));
  expect(entries).toHaveLength(1);
  return entries[0]!;
}

describe("readTar", () => {
  it("reads the same entries however the bytes are cut", async () => {
    const bytes = archive(
      pax({ path: "ü/long", mtime: "1.5" }),
      member({ name: "short" }, "x".repeat(700)),
      member({ name: "././@LongLink", type: "L", magic: gnu }, `${"n".repeat(300)}\0`),
      member({ name: "cut", magic: gnu }, "y"),
      member({ name: "last" }, "z".repeat(512)),
    );
    const whole = await readAllEntries(bytes, { chunk: bytes.length });
    expect(whole.map(({ entry, data }) => [entry.path, data.length])).toEqual([
      ["ü/long", 700],
      ["n".repeat(300), 1],
      ["last", 512],
    ]);
    for (const chunk of [1, 7, 511, 512, 513, 1000]) {
      expect(await readAllEntries(bytes, { chunk })).toEqual(whole);
    }
  });

  it("skips data that nobody reads, and says where it is", async () => {
    const bytes = archive(member({ name: "a" }, "A".repeat(2000)), member({ name: "b" }, "B"));
    const entries = await readAllEntries(bytes, { chunk: 100, skipData: true });
    expect(entries.map(({ entry, dataOffset }) => [entry.path, dataOffset])).toEqual([
      ["a", 512],
      ["b", 512 + 2048 + 512],
    ]);
    expect(bytes.toString("latin1", 3072, 3073)).toBe("B");
  });

  it("drops a leading slash, ./ and slashes at the end", async () => {
    const names = ["/etc/passwd", "./a", "././b/./c", "//d//e", "f/", "./"];
    const bytes = archive(...names.map((name) => member({ name, type: "5" })));
    const paths = (await readAllEntries(bytes)).map(({ entry }) => entry.path);
    expect(paths).toEqual(["etc/passwd", "a", "b/c", "d/e", "f", ""]);
  });

  it("takes backslashes and drive letters for ordinary characters (CVE-2026-29786)", async () => {
    const { entry } = await readOne(member({ name: "C:..\\..\\x", type: "1", link: "C:../y" }));
    expect(entry).toMatchObject({ path: "C:..\\..\\x", target: "C:../y" });
  });

  it("reads names with any bytes: newline, ESC, no UTF-8, 255 bytes", async () => {
    const odd = "a\nb\x1b[2J\udcff";
    const part = "p".repeat(255);
    expect((await readOne(member({ name: "a\nb\x1b[2J\xff" }))).entry.path).toBe(odd);
    expect(
      (await readOne(pax({ hdrcharset: "BINARY", path: Buffer.from("a\xff/b", "latin1") }), member({}))).entry
        .path,
    ).toBe("a\udcff/b");
    const long = Array.from({ length: 20 }, () => part).join("/");
    expect((await readOne(pax({ path: long }), member({}))).entry.path).toBe(long);
  });

  it("reads V7 archives, where a slash at the end makes a folder", async () => {
    const v7 = { magic: "", type: "\0" };
    expect((await readOne(member({ name: "d/", ...v7 }))).entry.kind).toBe("directory");
    expect((await readOne(member({ name: "f", ...v7 }, "x"))).entry.kind).toBe("file");
  });

  it("reads the prefix that Go before 1.8 wrote into GNU headers", async () => {
    const { entry } = await readOne(member({ name: "file", magic: gnu, prefix: "some/folder".repeat(3) }));
    expect(entry.path).toBe(`${"some/folder".repeat(3)}/file`);
    const times = { 345: "14000000000\0", 357: "14000000000\0" };
    expect((await readOne(member({ name: "file", magic: gnu, patches: times }))).entry.path).toBe("file");
  });

  it("accepts checksums over signed bytes", async () => {
    const block = rawHeader({ name: "größe" });
    const signed = block.reduce((sum, byte, i) => sum + (i < 148 || i > 155 ? (byte << 24) >> 24 : 32), 0);
    const { entry } = await readOne(rawHeader({ name: "größe", checksum: signed }));
    expect(entry.path).toBe("gr\udcf6\udcdfe");
  });

  it("reads numbers in base-256 and with spaces", async () => {
    const huge = Buffer.alloc(12);
    huge[0] = 0x80;
    huge.writeUInt32BE(5, 8);
    const bytes = Buffer.concat([
      rawHeader({ size: huge, uid: "   123 \0", mode: " 755\0\0\0\0" }),
      padded("12345"),
    ]);
    const { entry, data } = await readOne(bytes);
    expect(entry).toMatchObject({ size: 5, uid: 0o123, mode: 0o755 });
    expect(data.toString()).toBe("12345");
    const negative = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe";
    expect((await readOne(member({ mtime: negative }))).entry.mtimeSec).toBe(-2);
  });

  it("reads times before 1970 and with fractions, rounding down", async () => {
    const time = async (mtime: string) => {
      const { mtimeSec, mtimeNsec } = (await readOne(pax({ mtime }), member({}))).entry;
      return [mtimeSec, mtimeNsec];
    };
    expect(await time("1700000000.123456789")).toEqual([1_700_000_000, 123_456_789]);
    expect(await time("5.1234567891")).toEqual([5, 123_456_789]);
    expect(await time("-1.5")).toEqual([-2, 500_000_000]);
    expect(await time("-3")).toEqual([-3, 0]);
    expect(await time("4102444800.")).toEqual([4_102_444_800, 0]);
  });

  it("keeps binary extended attributes byte for byte (cap_setuid has a byte over 0x7f)", async () => {
    const capability = Buffer.from("0100000280000000000000000000000000000000", "hex");
    const { entry } = await readOne(pax({ "SCHILY.xattr.security.capability": capability }), member({}));
    expect(Buffer.from(entry.xattrs!.get("security.capability")!).equals(capability)).toBe(true);
  });

  it("takes an empty PAX value for none, but an empty attribute for one", async () => {
    const { entry } = await readOne(
      pax({ path: "", uid: "", "SCHILY.xattr.user.a": "" }),
      member({ name: "n", uid: "7" }),
    );
    expect(entry).toMatchObject({ path: "n", uid: 7 });
    expect(entry.xattrs!.get("user.a")).toEqual(new Uint8Array(0));
  });

  it("applies global headers to all entries that follow, local ones first", async () => {
    const entries = await readAllEntries(
      archive(
        pax({ uid: "5", gid: "6", comment: "from git archive" }, "g"),
        member({ name: "a" }),
        pax({ uid: "9" }),
        member({ name: "b" }),
        pax({ gid: "" }, "g"),
        member({ name: "c", gid: "0000003\0" }),
      ),
    );
    expect(entries.map(({ entry }) => [entry.uid, entry.gid])).toEqual([
      [5, 6],
      [9, 6],
      [5, 3],
    ]);
  });

  it("reads all bytes, also those after the end of the archive", async () => {
    let seen = 0;
    const bytes = Buffer.concat([
      archive(member({})),
      Buffer.from("trailing garbage"),
      Buffer.alloc(3000, 7),
    ]);
    const counted = (async function* () {
      for await (const chunk of chunks(bytes, 512)) {
        seen += chunk.length;
        yield chunk;
      }
    })();
    for await (const _ of readTar(counted)) continue;
    expect(seen).toBe(bytes.length);
  });

  it("accepts archives without the zero blocks at the end, and the empty one", async () => {
    expect(await readAllEntries(member({}, "data"))).toHaveLength(1);
    expect(await readAllEntries(Buffer.concat([member({}), Buffer.alloc(512)]))).toHaveLength(1);
    expect(await readAllEntries(member({}, "data").subarray(0, 600))).toHaveLength(1);
    expect(await readAllEntries(Buffer.alloc(0))).toEqual([]);
    expect(await readAllEntries(Buffer.alloc(1024))).toEqual([]);
  });

  it("stops when its signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readTar(chunks(archive(member({})), 512), { signal }).next()).rejects.toThrow("enough");
  });

  it("reads what tar-stream writes", async () => {
    const writer = pack();
    writer.entry({ name: "d", type: "directory", mode: 0o755, mtime: new Date(5000) });
    writer.entry({ name: "d/f", uid: 7, gid: 8, mtime: new Date(6000), pax: { uid: "3000000" } }, "content");
    writer.entry({ name: "d/l", type: "symlink", linkname: "f", mtime: new Date(0) });
    writer.finalize();
    const pieces: Uint8Array[] = [];
    for await (const piece of writer) pieces.push(piece as Uint8Array);
    const entries = await readAllEntries(Buffer.concat(pieces));
    expect(
      entries.map(({ entry, data }) => [entry.path, entry.kind, entry.uid, entry.mtimeSec, data.toString()]),
    ).toEqual([
      ["d", "directory", 0, 5, ""],
      ["d/f", "file", 3_000_000, 6, "content"],
      ["d/l", "symlink", 0, 0, ""],
    ]);
  });
});
