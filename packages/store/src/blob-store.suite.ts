// What every BlobStore promises, as tests: each implementation runs them on itself.
import type { Descriptor } from "@tsbuild/oci";
import { digestOf } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import type { BlobStore, Bytes } from "./blob-store.ts";

/**
 * Runs the contract of {@link BlobStore} against what `make` gives, a new and empty one for each test. `make`
 * cleans up after itself with vitest's `onTestFinished`.
 */
export function blobStoreSuite(name: string, make: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    it("gives back what was written", async () => {
      const store = await make();
      const blob = blobOf("hello");
      expect(await store.write(chunks("he", "llo"))).toEqual({ digest: blob.digest, size: 5 });
      expect(await store.has(blob)).toBe(true);
      expect(await text(store.read(blob))).toBe("hello");
    });

    it("keeps the empty blob", async () => {
      const store = await make();
      const blob = blobOf("");
      expect(await store.write(chunks(), { expected: blob })).toEqual({ digest: blob.digest, size: 0 });
      expect(await store.has(blob)).toBe(true);
      expect(await text(store.read(blob))).toBe("");
    });

    it("keeps a blob of several chunks byte for byte", async () => {
      const store = await make();
      const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(50_000 + i, i));
      const blob = blobOf(Buffer.concat(pieces));
      await store.write(iterate(pieces), { expected: blob });
      expect(digestOf(await whole(store.read(blob)))).toBe(blob.digest);
    });

    it("has not what was not written", async () => {
      const store = await make();
      const blob = blobOf("nothing");
      expect(await store.has(blob)).toBe(false);
      await expect(text(store.read(blob))).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    });

    it("has no blob of another size", async () => {
      const store = await make();
      const blob = blobOf("hello");
      await store.write(chunks("hello"), { expected: blob });
      for (const size of [4, 6]) {
        await expect(text(store.read({ ...blob, size }))).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
      }
      expect(await text(store.read(blob))).toBe("hello");
    });

    it("does not open anything for a read that nobody begins", async () => {
      const store = await make();
      expect(store.read(blobOf("nothing"))).toBeDefined();
    });

    it("keeps nothing when the digest is not the expected one", async () => {
      const store = await make();
      const expected = blobOf("hello");
      await expect(store.write(chunks("jello"), { expected })).rejects.toMatchObject({
        code: "DIGEST_MISMATCH",
      });
      expect(await store.has(expected)).toBe(false);
      expect(await store.has(blobOf("jello"))).toBe(false);
    });

    it("keeps nothing when bytes are missing or trail", async () => {
      const store = await make();
      const expected = blobOf("hello");
      for (const wrong of [chunks("hell"), chunks("hello", "!"), chunks("hello!"), chunks()]) {
        await expect(store.write(wrong, { expected })).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
      }
      expect(await store.has(expected)).toBe(false);
    });

    it("keeps nothing when the source fails, and throws what it threw", async () => {
      const store = await make();
      const expected = blobOf("hello");
      const broken = new Error("cable pulled");
      async function* source(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("he");
        throw broken;
      }
      await expect(store.write(source(), { expected })).rejects.toBe(broken);
      expect(await store.has(expected)).toBe(false);
    });

    it("does not read the source of a blob that it has", async () => {
      const store = await make();
      const expected = blobOf("hello");
      await store.write(chunks("hello"), { expected });
      const source = { [Symbol.asyncIterator]: () => Promise.reject(new Error("read")) as never };
      expect(await store.write(source, { expected })).toEqual({ digest: expected.digest, size: 5 });
    });

    it("lets several write the same blob at once", async () => {
      const store = await make();
      const expected = blobOf("hello");
      await Promise.all(Array.from({ length: 8 }, () => store.write(chunks("h", "ello"), { expected })));
      expect(await text(store.read(expected))).toBe("hello");
    });

    it("throws what the signal was aborted with, and keeps nothing", async () => {
      const store = await make();
      const expected = blobOf("hello");
      const reason = new Error("enough");
      const controller = new AbortController();
      async function* source(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("he");
        controller.abort(reason);
        yield Buffer.from("llo");
      }
      await expect(store.write(source(), { expected, signal: controller.signal })).rejects.toBe(reason);
      expect(await store.has(expected)).toBe(false);
      await store.write(chunks("hello"), { expected });
      await expect(text(store.read(expected, { signal: controller.signal }))).rejects.toBe(reason);
    });

    it("can be left off in the middle of a read", async () => {
      const store = await make();
      const bytes = Buffer.alloc(3 << 20, 1);
      await store.write(iterate([bytes]), { expected: blobOf(bytes) });
      for await (const chunk of store.read(blobOf(bytes))) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect((await whole(store.read(blobOf(bytes)))).length).toBe(bytes.length);
    });
  });
}

function blobOf(content: string | Uint8Array): Descriptor {
  return {
    mediaType: "application/octet-stream",
    digest: digestOf(content),
    size: Buffer.byteLength(content),
  };
}

function chunks(...pieces: string[]): Bytes {
  return iterate(pieces.map((piece) => Buffer.from(piece)));
}

async function* iterate(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function whole(bytes: Bytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function text(bytes: Bytes): Promise<string> {
  return (await whole(bytes)).toString();
}
