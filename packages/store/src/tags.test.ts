import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { descriptorOf, testFolder } from "./blobs.fixture.ts";
import { openLocalStore } from "./local-store.ts";
import type { Tags } from "./tags.ts";

async function testTags(): Promise<{ tags: Tags; folder: string }> {
  const root = await testFolder();
  return { tags: (await openLocalStore(root)).tags, folder: join(root, "tags") };
}

const names = [
  "docker.io/library/busybox:1.36",
  "localhost:5000/a/b:v1",
  "app",
  "APP",
  "App",
  ".",
  "..",
  "../../../etc/passwd",
  "/",
  "a%2fb",
  "a/b",
  " ",
  "a\nb\u0000c",
  "größe",
  "gro\u0308ße",
  "日本語:最新",
  "🦊",
  "con",
  "a".repeat(200),
  "a".repeat(201),
  "a".repeat(5000),
  "Z".repeat(5000),
  `${"ü".repeat(300)}:1`,
];

describe("Tags", () => {
  it("keeps any name apart from every other", async () => {
    const { tags, folder } = await testTags();
    for (const name of names) await tags.tag(name, descriptorOf(name));
    for (const name of names) expect(await tags.resolve(name)).toEqual(descriptorOf(name));
    expect((await tags.list()).map(({ name }) => name)).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    const files = await readdir(folder);
    expect(new Set(files.map((file) => file.toLowerCase().normalize("NFC"))).size).toBe(names.length);
    expect(files.every((file) => file.length < 255)).toBe(true);
  });

  it("points a name to its last target", async () => {
    const { tags } = await testTags();
    await tags.tag("a", descriptorOf("1"));
    await tags.tag("a", { ...descriptorOf("2"), annotations: { k: "v" } });
    expect(await tags.resolve("a")).toEqual({ ...descriptorOf("2"), annotations: { k: "v" } });
  });

  it("forgets a name, and says whether there was one", async () => {
    const { tags } = await testTags();
    await tags.tag("a", descriptorOf("1"));
    expect(await tags.untag("a")).toBe(true);
    expect(await tags.untag("a")).toBe(false);
    expect(await tags.resolve("a")).toBeUndefined();
    expect(await tags.list()).toEqual([]);
  });

  it.each(["", "\ud800"])("refuses the name %j", async (name) => {
    const { tags } = await testTags();
    await expect(tags.tag(name, descriptorOf("1"))).rejects.toThrow(TypeError);
  });

  it.each(["", "{", '{"name":"a"}', '{"name":"a","target":{"digest":"../x"}}', "[]"])(
    "says which file is damaged when it holds %j",
    async (content) => {
      const { tags, folder } = await testTags();
      await writeFile(join(folder, "a"), content);
      await expect(tags.resolve("a")).rejects.toMatchObject({
        code: "TAG_INVALID",
        message: expect.stringContaining(join(folder, "a")),
      });
    },
  );

  it("never shows half a tag to a reader", async () => {
    const { tags } = await testTags();
    const targets = Array.from({ length: 20 }, (_, i) => descriptorOf(String(i)));
    await tags.tag("a", descriptorOf("0"));
    const writing = Promise.all(targets.map((target) => tags.tag("a", target)));
    for (let i = 0; i < 50; i++) expect(targets).toContainEqual(await tags.resolve("a"));
    await writing;
  });
});
