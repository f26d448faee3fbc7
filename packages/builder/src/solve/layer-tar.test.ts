import { digestOf } from "@tsbuild/oci";
import { openLocalStore } from "@tsbuild/store";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keepLayerTar } from "./layer-tar.ts";

const root = mkdtempSync(join(tmpdir(), "layer-tar-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tar = "tar ".repeat(1000);

async function keeper(name: string) {
  const store = await openLocalStore(join(root, name));
  let made = 0;
  const keep = () =>
    keepLayerTar(store, digestOf(tar), async (path) => {
      made += 1;
      writeFileSync(path, tar);
    });
  return { keep, made: () => made };
}

describe("keepLayerTar", () => {
  it("makes the tar once", async () => {
    const { keep, made } = await keeper("once");
    const path = await keep();
    expect(await keep()).toBe(path);
    expect(made()).toBe(1);
  });

  it.each([
    ["a bit was flipped", (path: string) => writeFileSync(path, tar.replace("tar", "tas"))],
    ["the end is missing", (path: string) => truncateSync(path, 100)],
  ])("makes it again when %s", async (_what, damage) => {
    const { keep, made } = await keeper(digestOf(damage.toString()).slice(7, 20));
    damage(await keep());
    expect(readFileSync(await keep(), "utf8")).toBe(tar);
    expect(made()).toBe(2);
  });

  it("takes a copy with the same bytes for what it is", async () => {
    const { keep, made } = await keeper("restored");
    writeFileSync(await keep(), tar);
    await keep();
    expect(made()).toBe(1);
  });
});
