import { Buffer } from "node:buffer";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeName } from "../name.ts";
import { listWithGnuTar, runGnuTar, whyNoGnuTar } from "./gnu-tar.fixture.ts";
import { archive, encodeEntry, member, padded, pax, plain, readAllEntries } from "./tar.fixture.ts";

const MiB = 1024 * 1024;
const noTar = whyNoGnuTar();
const longFolder = "x".repeat(120);

describe("GNU tar", () => {
  let folder = "";
  const sparseContent = Buffer.alloc(4 * MiB);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tsbuild-tar-"));
    const inside = join(folder, "in");
    mkdirSync(join(inside, longFolder), { recursive: true });
    writeFileSync(join(inside, longFolder, "y".repeat(140)), "long");
    linkSync(join(inside, longFolder, "y".repeat(140)), join(inside, "z-hard"));
    symlinkSync("t".repeat(150), join(inside, "soft"));
    writeFileSync(Buffer.concat([Buffer.from(join(inside, "bytes-")), Buffer.from([0xff, 0xfe])]), "b");
    // 40 parts: more than an old GNU header (4) and one extension block (21) hold.
    const sparse = openSync(join(inside, "sparse"), "w");
    for (let i = 0; i < 40; i++) {
      sparseContent.write(`part ${i}`, i * 100 * 1024 + 4096);
      writeSync(sparse, sparseContent, i * 100 * 1024 + 4096, 10, i * 100 * 1024 + 4096);
    }
    ftruncateSync(sparse, 4 * MiB);
    closeSync(sparse);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.for(["oldgnu", "gnu", "pax"])(
    "writes %s archives that read as what is in the folder",
    async (format, { skip }) => {
      if (noTar !== undefined) skip(noTar);
      const entries = await readAllEntries(runGnuTar(folder, [`--format=${format}`], ["in"]));
      const long = `in/${longFolder}/${"y".repeat(140)}`;
      expect(entries.map(({ entry }) => entry.path)).toEqual([
        ...["in", "in/bytes-\udcff\udcfe", "in/soft", "in/sparse", `in/${longFolder}`, long, "in/z-hard"],
      ]);
      expect(entries[2]!.entry).toMatchObject({ kind: "symlink", target: "t".repeat(150) });
      expect(entries[3]!.data.equals(sparseContent)).toBe(true);
      expect(entries[6]!.entry).toMatchObject({ kind: "hardlink", target: long });
    },
  );

  it.for(["v7", "ustar"])(
    "writes %s archives that read as what is in the folder",
    async (format, { skip }) => {
      if (noTar !== undefined) skip(noTar);
      const entries = await readAllEntries(runGnuTar(folder, [`--format=${format}`], ["in/sparse"]));
      expect(entries.map(({ entry }) => entry.path)).toEqual(["in/sparse"]);
      expect(entries[0]!.data.equals(sparseContent)).toBe(true);
    },
  );

  const sparseFormats = [
    ["--format=gnu"],
    ...["0.0", "0.1", "1.0"].map((v) => ["--format=pax", `--sparse-version=${v}`]),
  ];
  it.for(sparseFormats)(
    "writes sparse files (%s %s) that are read with their holes",
    async (args, { skip }) => {
      if (noTar !== undefined) skip(noTar);
      const bytes = runGnuTar(folder, ["-S", ...args], ["in/sparse"]);
      expect(bytes.length).toBeLessThan(MiB);
      const [sparse, ...others] = await readAllEntries(bytes);
      expect(others).toEqual([]);
      expect(sparse!.entry).toMatchObject({ path: "in/sparse", kind: "file", size: 4 * MiB });
      expect(sparse!.sparse).toHaveLength(40);
      expect(sparse!.data.equals(sparseContent)).toBe(true);
    },
  );

  it("never lists other names than we do for archives with a damaged byte (CVE-2025-62518)", async ({
    skip,
  }) => {
    if (noTar !== undefined) skip(noTar);
    const inner = archive(member({ name: "smuggled" }, "bad"));
    const original = archive(
      pax({ path: "one", size: "1536" }),
      Buffer.concat([member({ name: "short", size: "00000000000\0" }), padded(inner.subarray(0, 1536))]),
      member({ name: "././@LongLink", type: "L", magic: "ustar  \0" }, `${"n".repeat(120)}\0`),
      member({ name: "cut", magic: "ustar  \0" }, "y"),
      encodeEntry({ ...plain, kind: "hardlink", path: "link", target: "one" }),
      encodeEntry({ ...plain, kind: "directory", path: "folder" }),
    );
    expect(await ourNames(original)).toEqual(listWithGnuTar(original));
    let compared = 0;
    for (let i = 0; i < 150; i++) {
      const bytes = damage(original, i);
      const ours = await ourNames(bytes);
      const theirs =
        ours === undefined
          ? undefined
          : listWithGnuTar(bytes)?.map((name) => name.replace(/^(?:\.?\/)+/, ""));
      if (ours === undefined || theirs === undefined) continue;
      compared++;
      expect(ours, `mutation ${i}`).toEqual(theirs);
    }
    expect(compared).toBeGreaterThan(5);
  });
});

/** Our names as GNU tar prints them; undefined when the archive is refused. */
async function ourNames(bytes: Buffer): Promise<string[] | undefined> {
  try {
    const entries = await readAllEntries(bytes);
    return entries.map(({ entry }) => `${escape(entry.path)}${entry.kind === "directory" ? "/" : ""}`);
  } catch {
    return undefined;
  }
}

function escape(path: string): string {
  const bytes = [...encodeName(path)];
  return bytes.map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`)).join("");
}

/** One header byte is changed to a likely other, and the checksum is made right again. */
function damage(original: Buffer, seed: number): Buffer {
  const bytes = Buffer.from(original);
  const headers = [0, 1024, 3072, 4096, 5120, 5632];
  const random = (n: number): number => (Math.imul(seed + 1, 2_654_435_761 + n * 40_503) >>> 8) & 0xffff;
  const header = headers[random(1) % headers.length]!;
  const spots = [124, 125, 130, 134, 135, 156, 156, 257, 263, 0, 100, 345];
  const values = [0x00, 0x20, 0x30, 0x31, 0x37, 0x39, 0x80, 0xff, 0x4c, 0x78, 0x2d, 0x61];
  bytes[header + spots[random(2) % spots.length]!] = values[random(3) % values.length]!;
  const block = bytes.subarray(header, header + 512);
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0`,
    148,
    "latin1",
  );
  return bytes;
}
