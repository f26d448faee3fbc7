import { expect, it } from "vitest";
import { blobStoreSuite } from "./blob-store.suite.ts";
import { bytesOf, descriptorOf, put, textOf } from "./blobs.fixture.ts";
import { MemoryStore } from "./memory-store.ts";

blobStoreSuite("MemoryStore", async () => new MemoryStore());

it("does not let a reader change what is kept", async () => {
  const store = new MemoryStore();
  const blob = await put(store, "hello");
  for await (const chunk of store.read(blob)) chunk.fill(0);
  expect(await textOf(store.read(blob))).toBe("hello");
});

it("resolves the names that it was told", async () => {
  const store = new MemoryStore();
  const blob = descriptorOf("x");
  await store.tag("a", blob);
  expect(await store.resolve("a")).toEqual(blob);
  expect(await store.resolve("b")).toBeUndefined();
});

it("hashes with the algorithm of the expected digest", async () => {
  const store = new MemoryStore();
  const { digest } = await store.write(bytesOf("hello"));
  expect(digest).toMatch(/^sha256:/);
});
