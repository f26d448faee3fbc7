import { digestOf } from "@tsbuild/oci";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOf, testFolder } from "./blobs.fixture.ts";
import { openLocalStore } from "./local-store.ts";

async function testStore() {
  return openLocalStore(await testFolder());
}

describe("DerivedFiles", () => {
  it("keeps bytes and streams by kind and name", async () => {
    const { derived } = await testStore();
    expect(await derived.find("index", "a")).toBeUndefined();
    const path = await derived.write("index", "a", Buffer.from("one"));
    expect(await readFile(path, "utf8")).toBe("one");
    expect(await derived.find("index", "a")).toBe(path);
    expect(await readFile(await derived.write("tar", "a", bytesOf("t", "wo")), "utf8")).toBe("two");
  });

  it("makes a file once, also for several who ask at once", async () => {
    const { derived } = await testStore();
    let made = 0;
    const fill = async (path: string) => {
      made++;
      await writeFile(path, "x");
    };
    const paths = await Promise.all([1, 2, 3].map(() => derived.make("tar", "a", fill)));
    expect(await derived.make("tar", "a", fill)).toBe(paths[0]);
    expect([made, new Set(paths).size]).toEqual([1, 1]);
  });

  it("shows nothing and leaves nothing when making fails, and lets the next one try", async () => {
    const { derived, root } = await testStore();
    const broken = new Error("broken");
    const fill = async (path: string) => {
      await writeFile(path, "half");
      throw broken;
    };
    await expect(derived.make("tar", "a", fill)).rejects.toBe(broken);
    expect(await derived.find("tar", "a")).toBeUndefined();
    const left = await readdir(join(root, "tmp"), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
    expect(await derived.make("tar", "a", (path) => writeFile(path, "whole"))).toContain("tar");
  });

  it("removes the file that was meant, and no other one", async () => {
    const { derived } = await testStore();
    const path = await derived.write("tar", "a", Buffer.from("bad"));
    const { ino } = await stat(path, { bigint: true });
    await derived.remove("tar", "a", ino + 1n);
    expect(await derived.find("tar", "a")).toBe(path);
    await derived.remove("tar", "a", ino);
    await derived.remove("tar", "a", ino);
    expect(await derived.find("tar", "a")).toBeUndefined();
  });

  it("fails when nothing was made", async () => {
    const { derived } = await testStore();
    await expect(derived.make("tar", "a", async () => {})).rejects.toMatchObject({ code: "IO" });
  });

  it("takes a digest for a name, without its colon", async () => {
    const { derived } = await testStore();
    const digest = digestOf("x");
    expect(basename(await derived.write("tar", digest, Buffer.alloc(0)))).toBe(digest.replace(":", "-"));
    expect(await derived.find("tar", digest)).toBeDefined();
  });

  it.each(["", "..", ".x", "a/b", "a:b", "a\u0000", "ü", "a".repeat(201)])(
    "refuses the name %j",
    async (name) => {
      const { derived } = await testStore();
      await expect(derived.find("tar", name)).rejects.toThrow(TypeError);
      await expect(derived.find(name, "tar")).rejects.toThrow(TypeError);
    },
  );
});
