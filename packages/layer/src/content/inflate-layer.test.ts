import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { digestOf } from "@tsbuild/oci";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { inflateLayer } from "./inflate-layer.ts";

const root = mkdtempSync(join(tmpdir(), "inflate-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tar = Buffer.from("tar ".repeat(700_000));

async function* portions(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

describe("inflateLayer", () => {
  it("writes the tar of a layer, whatever its compression, over what was there", async () => {
    for (const bytes of [gzipSync(tar), zstdCompressSync(tar), tar]) {
      const path = join(root, "layer.tar");
      writeFileSync(path, Buffer.alloc(5_000_000));
      await inflateLayer(portions(bytes), path);
      expect(readFileSync(path).equals(tar)).toBe(true);
    }
  });

  it("leaves no file behind when the layer is damaged, too large or aborted", async () => {
    const path = join(root, "failed.tar");
    const bytes = gzipSync(tar);
    await expect(inflateLayer(portions(bytes.subarray(0, -4)), path)).rejects.toMatchObject({
      code: "COMPRESSION_CORRUPT",
    });
    expect(existsSync(path)).toBe(false);
    await expect(inflateLayer(portions(bytes), path, { limits: { maxBytes: 1000 } })).rejects.toMatchObject({
      code: "COMPRESSION_LIMIT",
    });
    expect(existsSync(path)).toBe(false);
    const controller = new AbortController();
    async function* aborting() {
      yield* portions(bytes.subarray(0, 3000));
      controller.abort(new Error("enough"));
      yield* portions(bytes.subarray(3000));
    }
    await expect(inflateLayer(aborting(), path, { signal: controller.signal })).rejects.toThrow("enough");
    expect(existsSync(path)).toBe(false);
  });

  it("keeps nothing of a layer that is not the one it was said to be", async () => {
    const path = join(root, "claimed.tar");
    await inflateLayer(portions(gzipSync(tar)), path, { diffId: digestOf(tar) });
    expect(readFileSync(path).equals(tar)).toBe(true);
    await expect(
      inflateLayer(portions(gzipSync(tar)), path, { diffId: digestOf("another") }),
    ).rejects.toMatchObject({ code: "DIFF_ID_MISMATCH" });
    expect(existsSync(path)).toBe(false);
  });

  it("fails without a trace when the file can't be made", async () => {
    await expect(inflateLayer(portions(tar), join(root, "no", "folder"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
