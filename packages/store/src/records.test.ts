import { digestOf } from "@tsbuild/oci";
import { readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { descriptorOf, testFolder } from "./blobs.fixture.ts";
import { openLocalStore } from "./local-store.ts";

const key = digestOf("key");

async function testStore() {
  return openLocalStore(await testFolder());
}

const texts = (records: Uint8Array[]) => records.map((record) => Buffer.from(record).toString());

describe("Records", () => {
  it("keeps several under one key, the newest first", async () => {
    const { records } = await testStore();
    for (const text of ["1", "2", "3"]) await records.add(key, Buffer.from(text));
    expect(texts(await records.list(key))).toEqual(["3", "2", "1"]);
    expect(await records.list(digestOf("other"))).toEqual([]);
  });

  it("makes a record that is added again the newest", async () => {
    const { records } = await testStore();
    for (const text of ["1", "2", "1"]) await records.add(key, Buffer.from(text));
    expect(texts(await records.list(key))).toEqual(["1", "2"]);
  });

  it("removes one", async () => {
    const { records } = await testStore();
    for (const text of ["1", "2"]) await records.add(key, Buffer.from(text));
    await records.remove(key, Buffer.from("2"));
    await records.remove(key, Buffer.from("3"));
    expect(texts(await records.list(key))).toEqual(["1"]);
  });

  it("takes any text for a key, and builds no path from it", async () => {
    const { records, root } = await testStore();
    await records.add("../../x", Buffer.from("1"));
    expect(texts(await records.list("../../x"))).toEqual(["1"]);
    expect(await readdir(root)).not.toContain("x");
    expect(await records.list("../../y")).toEqual([]);
  });

  it("skips what is torn or foreign", async () => {
    const { records, root } = await testStore();
    for (const text of ["first", "second"]) await records.add(key, Buffer.from(text));
    const hex = key.slice(7);
    const folder = join(root, "cache", hex.slice(0, 2), hex);
    await truncate(join(folder, digestOf("second").slice(7)), 2);
    await writeFile(join(folder, "README"), "x");
    expect(texts(await records.list(key))).toEqual(["first"]);
  });
});

describe("Elsewhere", () => {
  const blob = descriptorOf("x");
  const hub = { registry: "docker.io", repository: "library/x" };

  it("finds every place that was saved, the last first", async () => {
    const { elsewhere } = await testStore();
    await elsewhere.save(blob, hub);
    await elsewhere.save(
      { ...blob, annotations: { a: "b" } },
      { registry: "localhost:5000", repository: "y" },
    );
    expect(await elsewhere.find(blob.digest)).toEqual([
      { registry: "localhost:5000", repository: "y", descriptor: { ...blob, annotations: { a: "b" } } },
      { ...hub, descriptor: blob },
    ]);
    expect(await elsewhere.find(digestOf("y"))).toEqual([]);
  });

  it("skips what another version wrote", async () => {
    const { elsewhere, root } = await testStore();
    await elsewhere.save(blob, hub);
    const hex = blob.digest.slice(7);
    const foreign = '{"v":2}';
    await writeFile(join(root, "elsewhere", hex.slice(0, 2), hex, digestOf(foreign).slice(7)), foreign);
    expect(await elsewhere.find(blob.digest)).toHaveLength(1);
  });
});
