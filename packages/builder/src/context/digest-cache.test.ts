import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDigests, saveDigests, type DigestRecords } from "./digest-cache.ts";
import { FileIdentities, type FileIdentity } from "./file-identities.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "digest-cache-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function identity(inode: bigint, changes: Partial<FileIdentity> = {}): FileIdentity {
  return { device: 3n, inode, size: 10n, mtimeNs: 1_700_000_000_000_000_001n, ctimeNs: 5n, ...changes };
}

function identitiesOf(...values: FileIdentity[]): FileIdentities {
  const identities = new FileIdentities(new ArrayBuffer(values.length * FileIdentities.bytesPerRow));
  for (const [row, value] of values.entries()) identities.set(row, value);
  return identities;
}

function recordsOf(...values: FileIdentity[]): DigestRecords {
  const digests = Uint8Array.from({ length: values.length * 32 }, (_, i) => Math.floor(i / 32) + 1);
  return { count: values.length, identities: identitiesOf(...values), digests };
}

function find(path: string, value: FileIdentity): number | undefined {
  return loadDigests(path).find(identitiesOf(value), 0)?.[31];
}

describe("the digest cache", () => {
  it("finds what was saved", () => {
    const path = join(folder, "new", "cache");
    const values = Array.from({ length: 300 }, (_, i) => identity(BigInt(i) * 4_294_967_296n));
    expect(saveDigests(path, recordsOf(...values.slice(0, 255)))).toBe(true);
    expect(values.slice(0, 255).map((value) => find(path, value))).toEqual(
      Array.from({ length: 255 }, (_, i) => i + 1),
    );
    expect(find(path, values[256] ?? identity(0n))).toBeUndefined();
  });

  it("does not find a file of which anything is different", () => {
    const path = join(folder, "cache");
    saveDigests(path, recordsOf(identity(1n)));
    expect(find(path, identity(1n))).toBe(1);
    expect(find(path, identity(1n, { device: 4n }))).toBeUndefined();
    expect(find(path, identity(2n))).toBeUndefined();
    expect(find(path, identity(1n, { size: 11n }))).toBeUndefined();
    expect(find(path, identity(1n, { mtimeNs: 1_700_000_000_000_000_002n }))).toBeUndefined();
    expect(find(path, identity(1n, { ctimeNs: 6n }))).toBeUndefined();
  });

  it("is empty when there is no file, and when it is cut, changed or of another version", () => {
    const path = join(folder, "cache");
    expect(find(path, identity(1n))).toBeUndefined();
    expect(loadDigests(undefined).find(identitiesOf(identity(1n)), 0)).toBeUndefined();
    saveDigests(path, recordsOf(identity(1n), identity(2n)));
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      // The rest of the header is unused.
      if (at >= 20 && at < 64) continue;
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      writeFileSync(path, damaged);
      expect(find(path, identity(1n)), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 7, 63, 64, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(find(path, identity(1n)), `${length} bytes`).toBeUndefined();
    }
  });

  it("replaces the file in one step and leaves nothing behind, also when it can't", () => {
    const path = join(folder, "cache");
    saveDigests(path, recordsOf(identity(1n)));
    saveDigests(path, recordsOf(identity(2n)));
    expect(find(path, identity(1n))).toBeUndefined();
    expect(find(path, identity(2n))).toBe(1);
    expect(readdirSync(folder)).toEqual(["cache"]);
    writeFileSync(join(folder, "file"), "");
    expect(saveDigests(join(folder, "file", "cache"), recordsOf(identity(1n)))).toBe(false);
    expect(existsSync(join(folder, "file", "cache"))).toBe(false);
  });
});
