import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayerError } from "../layer-error.ts";
import { decodeName } from "../name.ts";
import type { TarHeaderFields } from "./tar-header.ts";
import { readTar } from "./read-tar.ts";
import {
  archive,
  chunks,
  encodeEntry,
  member,
  padded,
  pax,
  plain,
  rawHeader,
  readAllEntries,
} from "./tar.fixture.ts";
import type { TarLimits } from "./tar-limits.ts";

/** The error of reading this archive. */
async function faultOf(bytes: Buffer, limits?: TarLimits): Promise<LayerError> {
  try {
    await readAllEntries(bytes, limits === undefined ? {} : { limits });
  } catch (error) {
    if (error instanceof LayerError) return error;
    throw error;
  }
  throw new Error("the archive was accepted");
}

const codeOf = async (...parts: Buffer[]): Promise<string> => (await faultOf(archive(...parts))).code;
const sized = (size: string | Buffer, type = "0"): Buffer => rawHeader({ name: "f", size, type });

describe("names that leave the root", () => {
  const escaping = ["../canary", "a/../../canary", "./../../canary", "..", "a/..", "/../canary", "a/../b"];
  it.each(escaping)("refuses %s (CVE-2026-28406)", async (name) => {
    for (const parts of [[member({ name })], [pax({ path: name }), member({})]]) {
      const fault = await faultOf(archive(...parts));
      expect(fault.code).toBe("PATH_ESCAPES");
      expect(fault.facts.path).toBe(name);
      expect(fault.message).toContain(JSON.stringify(name));
    }
  });

  it("refuses them as hard link targets too, and roots absolute ones (CVE-2026-23745)", async () => {
    for (const link of ["../../../etc/hostname", "a/../../../x", "../x"]) {
      expect((await faultOf(archive(member({ type: "1", link })))).code).toBe("PATH_ESCAPES");
    }
    const [entry] = await readAllEntries(archive(member({ type: "1", link: "/etc/hostname" })));
    expect(entry!.entry).toMatchObject({ kind: "hardlink", target: "etc/hostname" });
  });

  it("keeps symbolic link targets as they are (kaniko PR 440: Corretto's cacerts)", async () => {
    const link = "../../../../../../etc/pki/java/cacerts";
    const [entry] = await readAllEntries(archive(member({ name: "etc/pki/x", type: "2", link })));
    expect(entry!.entry).toMatchObject({ kind: "symlink", target: link });
  });

  it("accepts names that only look like it", async () => {
    const names = ["..a", "a..", "a/..b", "...", "a/.../b"];
    const entries = await readAllEntries(archive(...names.map((name) => member({ name }))));
    expect(entries.map(({ entry }) => entry.path)).toEqual(names);
  });
});

describe("sizes", () => {
  const base256 = (...last: number[]): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes[0] = 0x80;
    bytes.set(last, 12 - last.length);
    return bytes;
  };
  const cases: [string, Buffer[]][] = [
    ["-1 in base-256", [sized(Buffer.alloc(12, 0xff))]],
    ["2^63 in base-256", [sized(base256(0x80, 0, 0, 0, 0, 0, 0, 0))]],
    ["the largest octal, without data", [sized("777777777777")]],
    ["more than the bytes that remain", [sized("00000010000\0")]],
    ["no octal number", [sized("0000000000x\0")]],
    ["a negative octal number", [sized("-0000000001\0")]],
    ["decimal digits", [sized("00000000008\0")]],
    ["PAX size=-5", [pax({ size: "-5" }), member({})]],
    ["PAX size=1e3", [pax({ size: "1e3" }), member({}, "x".repeat(1000))]],
    ["PAX size= 12", [pax({ size: " 12" }), member({}, "x".repeat(12))]],
    ["PAX size=+5", [pax({ size: "+5" }), member({}, "x".repeat(5))]],
    ["PAX size=99999999999999999999", [pax({ size: "99999999999999999999" }), member({})]],
    ["a folder with data", [member({ type: "5" }, "data")]],
    ["a symbolic link with data", [member({ type: "2", link: "x" }, "data")]],
    ["a hard link with a PAX size", [pax({ size: "5" }), member({ type: "1", link: "x" })]],
  ];
  it.each(cases)("refuses %s", async (_, parts) => {
    expect(await codeOf(...parts)).toBe("TAR_CORRUPT");
  });

  it("reads no data for a hard link that repeats its file's size, as Go and GNU tar do", async () => {
    const link = rawHeader({ name: "h", type: "1", link: "f", size: "00000000005\0" });
    const entries = await readAllEntries(archive(link, member({ name: "next" })));
    expect(entries.map(({ entry }) => entry.path)).toEqual(["h", "next"]);
  });
});

describe("TARmageddon (CVE-2025-62518)", () => {
  const inner = member({ name: "smuggled" }, "bad");
  const zeroSize = rawHeader({ name: "outer", size: "00000000000\0" });

  it("takes the PAX size over the header's: a tar within a file gives no entries", async () => {
    const entries = await readAllEntries(
      archive(pax({ size: "1024" }), zeroSize, inner, member({ name: "last" })),
    );
    expect(entries.map(({ entry }) => entry.path)).toEqual(["outer", "last"]);
    expect(entries[0]!.data.equals(inner)).toBe(true);
  });

  it("does not apply the PAX size to a long-name header in between", async () => {
    const long = member({ name: "././@LongLink", type: "L", magic: "ustar  \0" }, `${"n".repeat(200)}\0`);
    const entries = await readAllEntries(archive(pax({ size: "1024" }), long, zeroSize, inner));
    expect(entries.map(({ entry, data }) => [entry.path, data.length])).toEqual([["n".repeat(200), 1024]]);
  });

  it("refuses PAX records that are malformed instead of skipping them", async () => {
    const body = (text: string): Buffer[] => [member({ type: "x" }, text), member({})];
    for (const text of [
      "11 path=abc",
      "12 path=abc",
      "9999 path=a\n",
      "path=a\n",
      "0 \n",
      "5 a=b\n",
      "7 =abc\n",
    ]) {
      expect(await codeOf(...body(text))).toBe("TAR_CORRUPT");
    }
    expect(await codeOf(...body("12 path=a\0b\n"))).toBe("TAR_CORRUPT");
    expect(await codeOf(...body("999999999999999999999 path=a\n"))).toBe("TAR_CORRUPT");
  });

  it("refuses what readers take differently", async () => {
    expect(await codeOf(pax({ path: "a" }), pax({ path: "b" }), member({}))).toBe("TAR_CORRUPT");
    expect(await codeOf(pax({ path: "everywhere" }, "g"), member({}))).toBe("TAR_CORRUPT");
    expect(await codeOf(pax({ size: "0" }, "g"), member({}, "data"))).toBe("TAR_CORRUPT");
    expect(
      await codeOf(member({ type: "L", magic: "ustar  \0" }, "one\0"), pax({ path: "two" }), member({})),
    ).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ name: "f/", type: "0" }, "data"))).toBe("TAR_CORRUPT");
    expect(await codeOf(Buffer.alloc(512), member({}))).toBe("TAR_CORRUPT");
    expect(await codeOf(pax({ path: "nothing follows" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ type: "L" }, "cut\0").fill(0x6e, 512))).toBe("TAR_CORRUPT");
  });
});

describe("limits", () => {
  const limited = async (bytes: Buffer, limits?: TarLimits): Promise<string> =>
    (await faultOf(bytes, limits)).code;

  it("refuses a PAX header of 2 GiB and a long name of 1 GiB before reading them (CVE-2022-2879)", async () => {
    expect(await limited(archive(rawHeader({ type: "x", size: "20000000000\0" })))).toBe("TAR_LIMIT");
    expect(await limited(archive(rawHeader({ type: "L", size: "10000000000\0" })))).toBe("TAR_LIMIT");
  });

  it("refuses a sparse map of 100,000,000 entries (CVE-2025-58183)", async () => {
    const records = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1" };
    const endless = async function* () {
      yield Buffer.concat([
        pax(records),
        rawHeader({ size: "77777777777\0" }),
        padded("100000000\n".padEnd(512, "1\n")),
      ]);
      for (;;) yield Buffer.from("1\n".repeat(32 * 1024));
    };
    await expect(readTar(endless()).next()).rejects.toMatchObject({ code: "TAR_LIMIT" });
  });

  it("counts the holes of all sparse files as bytes of the archive", async () => {
    const hole = Buffer.concat([pax({ "GNU.sparse.size": "5000", "GNU.sparse.map": "0,0" }), member({})]);
    expect(await readAllEntries(archive(hole, hole), { limits: { tarBytes: 10_000 } })).toHaveLength(2);
    expect(await limited(archive(hole, hole), { tarBytes: 9_999 })).toBe("TAR_LIMIT");
  });

  it("refuses more entries, bytes or depth than the limits", async () => {
    const bytes = archive(member({ name: "a" }), member({ name: "b" }));
    expect(await limited(bytes, { entries: 1 })).toBe("TAR_LIMIT");
    expect(await limited(bytes, { tarBytes: 2047 })).toBe("TAR_LIMIT");
    expect(await readAllEntries(bytes, { limits: { entries: 2, tarBytes: 2048 } })).toHaveLength(2);
    expect(await limited(archive(pax({ path: "d/".repeat(5000) }), member({ type: "5" })))).toBe("TAR_LIMIT");
    expect(
      await readAllEntries(archive(pax({ path: "d/".repeat(1000) }), member({ type: "5" }))),
    ).toHaveLength(1);
  });
});

describe("sparse files", () => {
  const sparse = (records: Record<string, string>): Buffer => pax({ "GNU.sparse.size": "100", ...records });
  const map = (numbers: string): Buffer => sparse({ "GNU.sparse.map": numbers });
  it("refuses maps that overlap, go backwards, leave the file or don't fit the data", async () => {
    for (const numbers of [
      "0,10,5,10",
      "50,5,0,5",
      "99,5,100,0",
      "0,9007199254740991",
      "0,5",
      "0",
      "0,-5",
      "0,20",
    ]) {
      expect(await codeOf(map(numbers), member({}, "0123456789"))).toBe("TAR_CORRUPT");
    }
    expect(await codeOf(map("0,10"), member({ type: "5" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(sparse({ "GNU.sparse.major": "7", "GNU.sparse.minor": "0" }), member({}))).toBe(
      "TAR_CORRUPT",
    );
    expect(await codeOf(pax({ "GNU.sparse.map": "0,10" }), member({}, "0123456789"))).toBe("TAR_CORRUPT");
    expect(await readAllEntries(archive(map("0,4,50,6"), member({}, "0123456789")))).toHaveLength(1);
  });

  it("expands a hole of any size in bounded pieces", async () => {
    const hole = pax({ "GNU.sparse.size": String(2 ** 37), "GNU.sparse.map": "0,0" });
    const { value } = await readTar(chunks(archive(hole, member({})), 512)).next();
    expect(value!.entry).toMatchObject({ size: 2 ** 37 });
    const first = await value!.read()[Symbol.asyncIterator]().next();
    expect(first.value!.length).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe("odd headers", () => {
  it("refuses a wrong checksum, an unknown type, and numbers beyond 32 bits", async () => {
    expect(await codeOf(rawHeader({ checksum: 1 }))).toBe("TAR_CORRUPT");
    for (const type of ["V", "M", "D", "X", "Z", "8"])
      expect(await codeOf(member({ type }))).toBe("TAR_CORRUPT");
    expect(await codeOf(pax({ uid: "4294967296" }), member({}))).toBe("TAR_CORRUPT");
    expect(await codeOf(pax({ gid: "-1" }), member({}))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ type: "3", major: "\x80\0\0\x01\0\0\0\0" }))).toBe("TAR_CORRUPT");
  });

  it("refuses a file in the place of the root, and links to nothing or themselves", async () => {
    expect(await codeOf(member({ name: "./", type: "2", link: "x" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ name: "/", type: "1", link: "x" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ name: "a", type: "1", link: "./a" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ name: "a", type: "1", link: "" }))).toBe("TAR_CORRUPT");
    expect(await codeOf(member({ name: "a", type: "2", link: "" }))).toBe("TAR_CORRUPT");
  });
});

const name = fc
  .array(
    fc
      .uint8Array({ minLength: 1, maxLength: 60 })
      .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte)))
      .filter((bytes) => !/^\.{1,2}$/.test(Buffer.from(bytes).toString("latin1"))),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => decodeName(Buffer.concat(parts.flatMap((part) => [Buffer.from("/"), part])).subarray(1)));
const attributes = fc.record({
  path: name,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 0xffffffff }),
  gid: fc.nat({ max: 3_000_000 }),
  mtimeSec: fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 40 }), fc.constant(0)),
  mtimeNsec: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
});
const xattrs = fc
  .dictionary(fc.stringMatching(/^user\.[a-z]{1,8}$/), fc.uint8Array({ maxLength: 50 }), {
    minKeys: 1,
    maxKeys: 3,
  })
  .map((values) => new Map(Object.entries(values)));
const entry = fc
  .tuple(
    attributes,
    fc.oneof(
      fc.record({ kind: fc.constant("file" as const), data: fc.uint8Array({ maxLength: 1500 }) }),
      fc.record({ kind: fc.constant("directory" as const) }),
      fc.record({ kind: fc.constant("symlink" as const), target: name }),
      fc.record({ kind: fc.constant("hardlink" as const), target: name.map((path) => `h/${path}`) }),
      fc.record({
        kind: fc.constant("device" as const),
        type: fc.constantFrom("char" as const, "block" as const),
        major: fc.nat({ max: 0xffffffff }),
        minor: fc.nat({ max: 0xfffff }),
      }),
      fc.record({ kind: fc.constant("fifo" as const) }),
    ),
    fc.option(xattrs, { nil: undefined, freq: 4 }),
  )
  .map(([common, special, attached]) => {
    const data = Buffer.from("data" in special ? special.data : []);
    const { data: _, ...fields } = { data: undefined, ...special };
    const sized = special.kind === "file" ? { size: data.length } : {};
    const extra = attached === undefined ? {} : { xattrs: attached };
    return { header: { ...common, ...fields, ...sized, ...extra } as TarHeaderFields, data };
  });

describe("any archive", () => {
  it("that was written here reads as the same entries and bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 6 }),
        fc.integer({ min: 1, max: 3000 }),
        async (items, chunk) => {
          const bytes = archive(...items.map(({ header, data }) => encodeEntry(header, data)));
          const read = await readAllEntries(bytes, { chunk });
          expect(read.map(({ entry, data }) => ({ header: entry, data }))).toEqual(items);
          // And once more the same bytes.
          expect(archive(...read.map(({ entry, data }) => encodeEntry(entry, data))).equals(bytes)).toBe(
            true,
          );
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  it("that is damaged anywhere is read or refused, never more", async () => {
    const original = archive(
      pax({ path: "ü/long", "GNU.sparse.map": "0,4,50,6", "GNU.sparse.size": "100" }),
      member({}, "0123456789"),
      member({ type: "L", magic: "ustar  \0" }, `${"n".repeat(120)}\0`),
      member({
        name: "x",
        magic: "ustar  \0",
        type: "S",
        patches: { 483: "00000001000\0", 386: "0000000\0" },
      }),
      encodeEntry({ ...plain, kind: "symlink", path: "l", target: "t" }),
    );
    const damage = fc.array(
      fc.tuple(fc.nat({ max: original.length - 1 }), fc.nat({ max: 255 }), fc.boolean()),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(damage, fc.nat({ max: original.length }), async (changes, cut) => {
        const bytes = Buffer.from(cut % 3 === 0 ? original.subarray(0, cut) : original);
        for (const [at, value, fix] of changes) {
          bytes[at % Math.max(1, bytes.length)] = value;
          if (fix) fixChecksum(bytes, at - (at % 512));
        }
        accepted += await readOrRefuse(bytes);
      }),
      { seed: 11, numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

/** How many entries were read; anything but a LayerError is thrown on. */
async function readOrRefuse(bytes: Buffer): Promise<number> {
  try {
    return (await readAllEntries(bytes)).length;
  } catch (error) {
    if (error instanceof LayerError) return 0;
    throw error;
  }
}

function fixChecksum(bytes: Buffer, start: number): void {
  const block = bytes.subarray(start, start + 512);
  if (block.length < 512) return;
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0`,
    148,
    "latin1",
  );
}
