import { digestOf } from "@tsbuild/oci";
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { blobStoreSuite } from "./blob-store.suite.ts";
import { copy } from "./copy.ts";
import { bytesOf, descriptorOf, put, putImage, testFolder, textOf } from "./blobs.fixture.ts";
import type { LocalStore } from "./local-store.ts";
import { openLocalStore, shareLocalStore } from "./local-store.ts";
import { MemoryStore } from "./memory-store.ts";

async function testStore(root?: string): Promise<LocalStore> {
  const store = await openLocalStore(root ?? (await testFolder()));
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** Every file below the folder, with slashes. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

blobStoreSuite("LocalStore", () => testStore());

describe("LocalStore", () => {
  it("keeps a blob in a file that is named by its digest", async () => {
    const store = await testStore();
    const blob = await put(store, "hello");
    expect(store.blobPath(blob.digest)).toBe(join(store.root, "blobs", "sha256", blob.digest.slice(7)));
    expect(await readFile(store.blobPath(blob.digest), "utf8")).toBe("hello");
  });

  it("writes again when a temporary folder can be made again", async () => {
    const store = await testStore();
    const temporary = join(store.root, "tmp");
    await rm(temporary, { recursive: true });
    await writeFile(temporary, "in the way");
    await expect(store.write(bytesOf("hello"))).rejects.toMatchObject({ code: "IO" });
    await rm(temporary);
    expect(await textOf(store.read(await put(store, "hello")))).toBe("hello");
  });

  it("keeps SHA-512 blobs too", async () => {
    const store = await testStore();
    const blob = { ...descriptorOf("hello"), digest: digestOf("hello", "sha512") };
    await store.write(bytesOf("hello"), { expected: blob });
    expect(await textOf(store.read(blob))).toBe("hello");
  });

  it("is opened again with everything in it", async () => {
    const root = await testFolder();
    const blob = await put(await testStore(root), "hello");
    expect(await textOf((await testStore(root)).read(blob))).toBe("hello");
  });

  it("leaves no temporary file, whether a write succeeds or fails", async () => {
    const store = await testStore();
    await put(store, "hello");
    await expect(store.write(bytesOf("x"), { expected: descriptorOf("y") })).rejects.toThrow(/Cannot/);
    expect(await filesBelow(join(store.root, "tmp"))).toEqual([]);
    await store[Symbol.asyncDispose]();
    expect(await readdir(join(store.root, "tmp"))).toEqual([]);
  });

  it("writes again after it was disposed", async () => {
    const store = await testStore();
    await put(store, "one");
    await store[Symbol.asyncDispose]();
    expect(await textOf(store.read(await put(store, "two")))).toBe("two");
  });

  it("does not have a blob that was cut, and takes it again", async () => {
    const store = await testStore();
    const blob = await put(store, "hello");
    await truncate(store.blobPath(blob.digest), 3);
    expect(await store.has(blob)).toBe(false);
    await expect(textOf(store.read(blob))).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
    await put(store, "hello");
    expect(await textOf(store.read(blob))).toBe("hello");
  });

  it("detects a flipped bit, removes the blob and takes it again", async () => {
    const store = await testStore();
    const blob = await put(store, "hello");
    await writeFile(store.blobPath(blob.digest), "hellp");
    expect(await store.has(blob)).toBe(true);
    await expect(textOf(store.read(blob))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await store.has(blob)).toBe(false);
    await put(store, "hello");
    expect(await textOf(store.read(blob))).toBe("hello");
  });

  it("keeps a good blob that a descriptor gives the wrong size", async () => {
    const store = await testStore();
    const blob = await put(store, "hello");
    await expect(textOf(store.read({ ...blob, size: 3 }))).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
    expect(await store.has(blob)).toBe(true);
  });

  it("detects two blobs that were swapped", async () => {
    const store = await testStore();
    const [a, b] = [await put(store, "aaaa"), await put(store, "bbbb")];
    await writeFile(store.blobPath(a.digest), "bbbb");
    await writeFile(store.blobPath(b.digest), "aaaa");
    for (const blob of [a, b])
      await expect(textOf(store.read(blob))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("does not take a folder for a blob, or follow a dangling link", async () => {
    const store = await testStore();
    const [a, b] = [descriptorOf("a"), descriptorOf("b")];
    await mkdir(store.blobPath(a.digest));
    await symlink("nowhere", store.blobPath(b.digest));
    for (const blob of [a, b]) {
      expect(await store.has(blob)).toBe(false);
      await expect(textOf(store.read(blob))).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    }
  });

  it("copies an image there and back", async () => {
    const [memory, store, back] = [new MemoryStore(), await testStore(), new MemoryStore()];
    const { root, layers } = await putImage(memory, ["one", "two"]);
    await copy(root, memory, store);
    await copy(root, store, back);
    expect(await textOf(back.read(layers[0] ?? root))).toBe("one");
  });

  it("gives folders of one's own that are gone when disposed", async () => {
    const store = await testStore();
    const [a, b] = [await store.temporaryFolder(), await store.temporaryFolder()];
    expect(a.path).not.toBe(b.path);
    expect((await stat(a.path)).mode & 0o777).toBe(0o700);
    await writeFile(join(a.path, "x"), "x");
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    expect(await readdir(join(store.root, "tmp"))).toEqual([]);
  });
});

describe("shareLocalStore", () => {
  it("puts temporary files where it is told, and leaves that folder alone", async () => {
    const store = await testStore();
    const scratch = await testFolder();
    const shared = shareLocalStore(store.root, scratch);
    let during: string[] = [];
    const watched = (async function* () {
      during = await filesBelow(scratch);
      yield Buffer.from("hello");
    })();
    const { digest, size } = await shared.write(watched);
    expect(during).toHaveLength(1);
    expect(await textOf(store.read({ mediaType: "application/x", digest, size }))).toBe("hello");
    await shared[Symbol.asyncDispose]();
    expect(await readdir(scratch)).toEqual([]);
    expect(await readdir(join(store.root, "tmp"))).toEqual([]);
  });
});

describe("openLocalStore", () => {
  it("makes a folder that only its owner can enter", async () => {
    const root = join(await testFolder(), "a", "b");
    await testStore(root);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(root, "version"), "utf8")).toBe("1\n");
  });

  it("may be done many times at once", async () => {
    const root = join(await testFolder(), "store");
    const stores = await Promise.all(Array.from({ length: 8 }, () => testStore(root)));
    await Promise.all(stores.map((store, i) => put(store, `blob ${i}`)));
    expect(await readdir(join(root, "blobs", "sha256"))).toHaveLength(8);
  });

  it("refuses a store of a later version, and says what to do", async () => {
    const root = await testFolder();
    await writeFile(join(root, "version"), "2\n");
    await expect(openLocalStore(root)).rejects.toMatchObject({
      code: "STORE_VERSION",
      message: expect.stringMatching(/format 2, made by a newer tsbuild.*upgrade/),
    });
    expect(await readdir(root)).toEqual(["version"]);
  });

  it.each(["", "one", "0", "1.5", "-1", "99999999999"])("refuses the version %j", async (version) => {
    const root = await testFolder();
    await writeFile(join(root, "version"), version);
    await expect(openLocalStore(root)).rejects.toMatchObject({ code: "STORE_VERSION" });
  });

  it("refuses a folder that has something else in it", async () => {
    const root = await testFolder();
    await writeFile(join(root, "thesis.txt"), "x");
    await expect(openLocalStore(root)).rejects.toMatchObject({
      code: "STORE_VERSION",
      message: expect.stringContaining("give an empty folder"),
    });
    expect(await readdir(root)).toEqual(["thesis.txt"]);
  });

  it("says what the file system answered", async () => {
    const root = join(await testFolder(), "file");
    await writeFile(root, "x");
    await expect(openLocalStore(join(root, "store"))).rejects.toMatchObject({
      code: "IO",
      cause: expect.objectContaining({ code: "ENOTDIR" }),
    });
  });
});
