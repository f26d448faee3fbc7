import { expect, it } from "vitest";
import { combineReaders } from "./combine-readers.ts";
import { descriptorOf, put, textOf } from "./blobs.fixture.ts";
import { MemoryStore } from "./memory-store.ts";
import { isVerified } from "./verify.ts";

it("reads from the first place that has the blob", async () => {
  const [near, far] = [new MemoryStore(), new MemoryStore()];
  const both = combineReaders(near, far);
  const a = await put(near, "a");
  const b = await put(far, "b");
  expect([await both.has(a), await both.has(b), await both.has(descriptorOf("c"))]).toEqual([
    true,
    true,
    false,
  ]);
  expect([await textOf(both.read(a)), await textOf(both.read(b))]).toEqual(["a", "b"]);
  expect(isVerified(both.read(b), b.digest, b.size)).toBe(true);
});

it("says that none has it", async () => {
  const reading = textOf(combineReaders(new MemoryStore(), new MemoryStore()).read(descriptorOf("c")));
  await expect(reading).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
});
