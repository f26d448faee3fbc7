import { encodeJson, mediaTypes } from "@tsbuild/oci";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blobStoreSuite } from "./blob-store.suite.ts";
import { copy } from "./copy.ts";
import { descriptorOf, put, putImage, testFolder, textOf } from "./blobs.fixture.ts";
import { MemoryStore } from "./memory-store.ts";
import { openOciLayout } from "./oci-layout.ts";

async function testLayout() {
  return openOciLayout(await testFolder(), { create: true });
}

async function json(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"));
}

blobStoreSuite("OciLayout", testLayout);

describe("OciLayout", () => {
  it("is a layout as the specification has it", async () => {
    const layout = await testLayout();
    const { root } = await putImage(layout, ["one"]);
    await layout.tag("v1", root);
    expect((await readdir(layout.path)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect(await json(join(layout.path, "oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(await json(join(layout.path, "index.json"))).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...root, annotations: { "org.opencontainers.image.ref.name": "v1" } }],
    });
  });

  it("gives full names as containerd does, and finds them however they are written", async () => {
    const layout = await testLayout();
    const blob = descriptorOf("x", mediaTypes.ociManifest);
    await layout.tag("user/app:v1", blob);
    expect((await layout.roots())[0]?.annotations).toEqual({
      "io.containerd.image.name": "docker.io/user/app:v1",
      "org.opencontainers.image.ref.name": "v1",
    });
    for (const name of ["user/app:v1", "docker.io/user/app:v1", "index.docker.io/user/app:v1", "v1"])
      expect(await layout.resolve(name)).toEqual(blob);
    for (const name of ["user/app", "app:v1", "v2", "ghcr.io/user/app:v1"])
      expect(await layout.resolve(name)).toBeUndefined();
  });

  it("points a name to its last target and keeps the others", async () => {
    const layout = await testLayout();
    const [a, b] = [descriptorOf("a", mediaTypes.ociManifest), descriptorOf("b", mediaTypes.ociManifest)];
    await layout.tag("x", a);
    await layout.tag("y", a);
    await layout.tag("x", b);
    expect([await layout.resolve("x"), await layout.resolve("y")]).toEqual([b, a]);
    expect(await layout.roots()).toHaveLength(2);
  });

  it("loses no name of many that are given at once", async () => {
    const layout = await testLayout();
    const names = Array.from({ length: 20 }, (_, i) => `v${i}`);
    await Promise.all(names.map((name) => layout.tag(name, descriptorOf(name, mediaTypes.ociManifest))));
    expect(await layout.roots()).toHaveLength(20);
  });

  it("keeps a target's own annotations, and gives them back without the name", async () => {
    const layout = await testLayout();
    const blob = { ...descriptorOf("a", mediaTypes.ociManifest), annotations: { mine: "1" } };
    await layout.tag("x", blob);
    expect(await layout.resolve("x")).toEqual(blob);
  });

  it("names an entry that had no name instead of listing it twice", async () => {
    const layout = await testLayout();
    const blob = descriptorOf("a", mediaTypes.ociManifest);
    await writeFile(join(layout.path, "index.json"), encodeJson({ schemaVersion: 2, manifests: [blob] }));
    await layout.tag("x", blob);
    expect(await layout.roots()).toHaveLength(1);
  });

  it("copies an image there and back", async () => {
    const [memory, layout, back] = [new MemoryStore(), await testLayout(), new MemoryStore()];
    const { root, layers } = await putImage(memory, ["one"]);
    await copy(root, memory, layout);
    await copy(root, layout, back);
    expect(await textOf(back.read(layers[0] ?? root))).toBe("one");
  });

  it("never removes a damaged blob of someone else's layout", async () => {
    const layout = await testLayout();
    const blob = await put(layout, "hello");
    await writeFile(layout.blobPath(blob.digest), "hellp");
    await expect(textOf(layout.read(blob))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await layout.has(blob)).toBe(true);
  });
});

describe("openOciLayout", () => {
  it("opens what other tools made: a null list, no media type", async () => {
    const path = await testFolder();
    await mkdir(join(path, "blobs"));
    await writeFile(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(path, "index.json"), '{"schemaVersion":2,"manifests":null}');
    expect(await (await openOciLayout(path)).roots()).toEqual([]);
  });

  it("makes no layout unless it is told to, and none among other things", async () => {
    const path = await testFolder();
    await expect(openOciLayout(path)).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    await writeFile(join(path, "thesis.txt"), "x");
    await expect(openOciLayout(path, { create: true })).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    expect(await readdir(path)).toEqual(["thesis.txt"]);
  });

  it.each([
    ["oci-layout", '{"imageLayoutVersion":"2.0.0"}'],
    ["oci-layout", "{}"],
    ["oci-layout", "not json"],
    ["index.json", "[]"],
    ["index.json", '{"schemaVersion":2,"manifests":[{}]}'],
    ["index.json", '{"schemaVersion":2,"layers":[]}'],
    ["index.json", '{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"digest":"sha256:../../x"}]}'],
  ])("refuses a layout whose %s is %s", async (file, content) => {
    const { path } = await testLayout();
    await writeFile(join(path, file), content);
    await expect(openOciLayout(path)).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
  });

  it("says that index.json is not there", async () => {
    const path = await testFolder();
    await writeFile(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    await expect(openOciLayout(path)).rejects.toMatchObject({ code: "IO", cause: { code: "ENOENT" } });
  });
});
