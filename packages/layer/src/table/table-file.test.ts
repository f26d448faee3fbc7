import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { digestOf } from "@tsbuild/oci";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import { createTable } from "./create-table.ts";
import { EntryTable } from "./entry-table.ts";

const layer = digestOf("layer");
const plain = { mode: 0o644, uid: 1, gid: 2, mtimeSec: 3, mtimeNsec: 4 };
const changes: Change[] = [
  { kind: "put", entry: { ...plain, kind: "directory", path: "etc" } },
  {
    kind: "put",
    entry: {
      ...{ ...plain, kind: "file", path: "etc/passwd", size: 9, contentDigest: digestOf("x") },
      content: { kind: "slice", layer, offset: 512, sparse: [{ offset: 1, length: 2 }] },
      xattrs: new Map([["user.a", new Uint8Array([1])]]),
    },
  },
  { kind: "put", entry: { ...plain, kind: "hardlink", path: "etc/shadow", target: "etc/passwd" } },
  { kind: "remove", path: "tmp" },
];
const good = Buffer.from(createTable(changes).toBytes());

/** Makes the checksum right again, as an attacker would. */
function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(64), crc32(bytes.subarray(0, 36))), 36);
  return bytes;
}

function damaged(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(good);
  change(bytes);
  return seal(bytes);
}

function isRefused(bytes: Buffer): boolean {
  try {
    EntryTable.fromBytes(bytes);
    return false;
  } catch (error) {
    return error instanceof LayerError && error.code === "INDEX_CORRUPT";
  }
}

const corrupt = expect.objectContaining({ code: "INDEX_CORRUPT" });

describe("a table in a file", () => {
  it("is refused when it is torn, foreign, or of another version or byte order", () => {
    expect(() => EntryTable.fromBytes(new Uint8Array(0))).toThrow(corrupt);
    expect(() => EntryTable.fromBytes(Buffer.from("{}".repeat(100)))).toThrow(corrupt);
    expect(() => EntryTable.fromBytes(good.subarray(0, -1))).toThrow(corrupt);
    expect(() => EntryTable.fromBytes(Buffer.concat([good, Buffer.alloc(1)]))).toThrow(corrupt);
    expect(() => EntryTable.fromBytes(damaged((bytes) => bytes.writeUInt32LE(2, 8)))).toThrow(/version is 2/);
    expect(() => EntryTable.fromBytes(damaged((bytes) => bytes.subarray(32, 36).reverse()))).toThrow(
      /byte order/,
    );
    expect(EntryTable.fromBytes(damaged(() => {})).length).toBe(4);
  });

  it("is refused when any bit of it is wrong", () => {
    // The bytes between the checksum and the rows are not used.
    const used = Array.from(good.keys()).filter((at) => at < 40 || at >= 64);
    const accepted = used.filter((at) => {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1 << (at % 8);
      return !isRefused(bytes);
    });
    expect(accepted).toEqual([]);
  });

  it.each(["..", "a/b", "."])("is refused when a name is %s, even with a right checksum", (name) => {
    const bytes = damaged((bytes) => {
      const at = bytes.lastIndexOf("passwd");
      bytes.write(name.padEnd(6, "\0"), at, "latin1");
    });
    expect(() => EntryTable.fromBytes(bytes)).toThrow(corrupt);
    const exact = createTable([{ kind: "remove", path: "x".repeat(name.length) }]).toBytes();
    const other = Buffer.from(exact);
    other.write(name, other.length - name.length, "latin1");
    expect(() => EntryTable.fromBytes(seal(other))).toThrow(corrupt);
  });

  it("is refused when an entry is below a link (CVE-2026-23950)", () => {
    const link: Change = { kind: "put", entry: { ...plain, kind: "symlink", path: "l", target: "/victim" } };
    const file: Change = { kind: "put", entry: { ...plain, kind: "fifo", path: "m/pwn" } };
    const bytes = Buffer.from(createTable([link, file]).toBytes());
    bytes.write("l", bytes.lastIndexOf("mpwn"), "latin1");
    expect(() => EntryTable.fromBytes(seal(bytes))).toThrow(/below one that is no folder/);
  });

  it("is sound or refused, whatever is written into it with a right checksum", () => {
    let accepted = 0;
    const writes = fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(writes, (edits) => {
        const bytes = damaged((bytes) => {
          for (const [at, value] of edits) bytes[at] = value;
        });
        try {
          const table = EntryTable.fromBytes(bytes);
          accepted++;
          for (let row = 0; row < table.length; row++) {
            const change = table.at(row);
            const path = change.kind === "put" ? change.entry.path : change.path;
            expect(path.split("/")).not.toContain("..");
            expect(table.find(path)).toBe(row);
          }
        } catch (error) {
          if (!(error instanceof LayerError)) throw error;
        }
      }),
      { seed: 5, numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
