import {
  encodeJson,
  formatPlatform,
  hostPlatform,
  isManifestType,
  mediaTypes,
  parsePlatform,
} from "@tsbuild/oci";
import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ArchiveReader } from "./archive-reader.ts";
import { copy } from "./copy.ts";
import { openDockerArchive } from "./docker-archive.ts";
import { descriptorOf, putImage, putIndex, testFolder, textOf } from "./blobs.fixture.ts";
import { MemoryStore } from "./memory-store.ts";
import { openOciArchive } from "./oci-archive.ts";
import { openOciLayout } from "./oci-layout.ts";
import { writeDockerArchive, writeOciArchive } from "./write-archive.ts";

async function opened(opening: Promise<ArchiveReader>): Promise<ArchiveReader> {
  const archive = await opening;
  onTestFinished(() => archive[Symbol.asyncDispose]());
  return archive;
}

describe("OCI archive", () => {
  it("gives back the images under their names", async () => {
    const [store, back] = [new MemoryStore(), new MemoryStore()];
    const path = join(await testFolder(), "x.tar");
    const { root, layers } = await putImage(store, ["one", "two"]);
    await writeOciArchive(path, [{ names: ["user/app:v1", "plain"], root }], store);
    const archive = await opened(openOciArchive(path));
    expect(await archive.resolve("docker.io/user/app:v1")).toEqual(root);
    expect(await archive.resolve("plain")).toEqual(root);
    expect(await archive.resolve("other")).toBeUndefined();
    expect(archive.roots()).toHaveLength(2);
    await copy(root, archive, back);
    expect(await textOf(back.read(layers[1] ?? root))).toBe("two");
    expect(await archive.has(descriptorOf("other"))).toBe(false);
    await expect(textOf(archive.read(descriptorOf("other")))).rejects.toMatchObject({
      code: "BLOB_NOT_FOUND",
    });
  });

  it("keeps whole indexes, or the image for one platform", async () => {
    const store = new MemoryStore();
    const folder = await testFolder();
    const root = await putIndex(store, ["amd64", "arm64"]);
    await writeOciArchive(join(folder, "all.tar"), [{ names: ["x:1"], root }], store);
    const all = await opened(openOciArchive(join(folder, "all.tar")));
    expect(await all.has(descriptorOf("only arm64"))).toBe(true);
    const platform = parsePlatform("linux/arm64");
    await writeOciArchive(join(folder, "one.tar"), [{ names: ["x:1"], root }], store, { platform });
    const one = await opened(openOciArchive(join(folder, "one.tar")));
    expect(isManifestType((await one.resolve("x:1"))?.mediaType ?? "")).toBe(true);
    expect(await one.has(descriptorOf("only amd64"))).toBe(false);
  });

  it("is the same bytes for the same images, whatever they were read from", async () => {
    const [a, b] = [new MemoryStore(), new MemoryStore()];
    const folder = await testFolder();
    const { root } = await putImage(a, ["one", "two"]);
    await copy(root, a, b, { jobs: 1 });
    await writeOciArchive(join(folder, "a"), [{ names: ["x:1"], root }], a);
    await writeOciArchive(join(folder, "b"), [{ names: ["x:1"], root }], b);
    expect(descriptorOf(await readFile(join(folder, "a")))).toEqual(
      descriptorOf(await readFile(join(folder, "b"))),
    );
  });

  it("is a layout when it is unpacked", async () => {
    const store = new MemoryStore();
    const folder = await testFolder();
    const { root } = await putImage(store, ["one"]);
    await writeOciArchive(join(folder, "x.tar"), [{ names: ["x:1"], root }], store);
    await mkdir(join(folder, "x"));
    execFileSync("tar", ["-xf", join(folder, "x.tar"), "-C", join(folder, "x")]);
    const layout = await openOciLayout(join(folder, "x"));
    await copy((await layout.resolve("x:1")) ?? root, layout, new MemoryStore());
    expect((await readdir(join(folder, "x"))).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  });

  it("reads archives that went through gzip, and leaves no file of that", async () => {
    const store = new MemoryStore();
    const folder = await testFolder();
    const { root } = await putImage(store, ["one"]);
    await writeOciArchive(join(folder, "x.tar"), [{ names: ["x:1"], root }], store);
    await writeFile(join(folder, "x.tgz"), gzipSync(await readFile(join(folder, "x.tar"))));
    const temporaryFolder = join(folder, "temporary");
    await mkdir(temporaryFolder);
    const archive = await opened(openOciArchive(join(folder, "x.tgz"), { temporaryFolder }));
    expect(await readdir(temporaryFolder)).toEqual([]);
    await copy(root, archive, new MemoryStore());
  });

  it("detects a flipped bit in a blob", async () => {
    const store = new MemoryStore();
    const path = join(await testFolder(), "x.tar");
    const { root, layers } = await putImage(store, ["one layer"]);
    await writeOciArchive(path, [{ names: ["x:1"], root }], store);
    const bytes = await readFile(path);
    bytes.write("X", bytes.indexOf("one layer"));
    await writeFile(path, bytes);
    const archive = await opened(openOciArchive(path));
    await expect(textOf(archive.read(layers[0] ?? root))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it.each(["cut", "gzip", "nothing", "no layout"])("refuses a damaged archive: %s", async (damage) => {
    const store = new MemoryStore();
    const path = join(await testFolder(), "x.tar");
    const { root } = await putImage(store, ["one"]);
    await writeOciArchive(path, [{ names: ["x:1"], root }], store);
    const bytes = await readFile(path);
    if (damage === "cut") await truncate(path, 700);
    if (damage === "gzip") await writeFile(path, gzipSync(bytes).subarray(0, 300));
    if (damage === "nothing") await writeFile(path, "");
    if (damage === "no layout")
      await writeFile(
        path,
        Buffer.from(bytes.toString("latin1").replace("oci-layout", "oci_layout"), "latin1"),
      );
    await expect(openOciArchive(path)).rejects.toMatchObject({ code: "ARCHIVE_INVALID" });
  });

  it("leaves no file when a blob is not there", async () => {
    const folder = await testFolder();
    const root = descriptorOf("{}", mediaTypes.ociManifest);
    const writing = writeOciArchive(join(folder, "x.tar"), [{ names: [], root }], new MemoryStore());
    await expect(writing).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("writing to a stream", () => {
  it("does not end it", async () => {
    const store = new MemoryStore();
    const folder = await testFolder();
    const { root } = await putImage(store, ["x".repeat(100_000)]);
    const out = createWriteStream(join(folder, "stream.tar"));
    await writeOciArchive(out, [{ names: ["x:1"], root }], store);
    expect(out.writableEnded).toBe(false);
    await new Promise<void>((resolve) => out.end(resolve));
    await writeOciArchive(join(folder, "file.tar"), [{ names: ["x:1"], root }], store);
    expect(await readFile(join(folder, "stream.tar"))).toEqual(await readFile(join(folder, "file.tar")));
  });

  it("fails when the stream breaks", async () => {
    const store = new MemoryStore();
    const { root } = await putImage(store, ["x".repeat(100_000)]);
    const broken = new Error("EPIPE");
    const out = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
    await expect(writeOciArchive(out, [{ names: [], root }], store)).rejects.toBe(broken);
  });

  it("fails when nobody reads and the caller gives up", async () => {
    const store = new MemoryStore();
    const { root } = await putImage(store, ["x".repeat(1_000_000)]);
    const controller = new AbortController();
    const out = new PassThrough();
    const writing = writeOciArchive(out, [{ names: [], root }], store, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(writing).rejects.toThrow("enough");
  });

  it("fails when the stream has ended already", async () => {
    const store = new MemoryStore();
    const { root } = await putImage(store, ["x"]);
    const out = new PassThrough();
    out.resume().end();
    await expect(writeOciArchive(out, [{ names: [], root }], store)).rejects.toThrow(Error);
  });
});

describe("docker archive", () => {
  it("has what docker load of any age reads", async () => {
    const store = new MemoryStore();
    const folder = await testFolder();
    const { root, config, layers } = await putImage(store, ["one", "two"]);
    await writeDockerArchive(
      join(folder, "x.tar"),
      [{ names: ["docker.io/library/app:v1", "h:1/x"], root }],
      store,
    );
    await mkdir(join(folder, "x"));
    execFileSync("tar", ["-xf", join(folder, "x.tar"), "-C", join(folder, "x")]);
    expect((await readdir(join(folder, "x"))).sort()).toEqual([
      "blobs",
      "index.json",
      "manifest.json",
      "oci-layout",
    ]);
    const blob = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
    const manifest: unknown = JSON.parse(await readFile(join(folder, "x", "manifest.json"), "utf8"));
    expect(manifest).toEqual([
      {
        Config: blob(config.digest),
        RepoTags: ["app:v1", "h:1/x:latest"],
        Layers: layers.map(({ digest }) => blob(digest)),
      },
    ]);
    const first = layers[0]?.digest ?? "";
    expect(await readFile(join(folder, "x", blob(first)), "utf8")).toBe("one");
  });

  it("is read as the layout that is in it", async () => {
    const store = new MemoryStore();
    const path = join(await testFolder(), "x.tar");
    const { root } = await putImage(store, ["one"]);
    await writeDockerArchive(path, [{ names: ["app:v1"], root }], store);
    const archive = await opened(openDockerArchive(path));
    expect(await archive.resolve("app:v1")).toEqual(root);
    await copy(root, archive, new MemoryStore());
  });

  it("takes one image of an index: the host's, or the wanted one", async () => {
    const store = new MemoryStore();
    const path = join(await testFolder(), "x.tar");
    const host = hostPlatform().architecture;
    const root = await putIndex(store, ["s390x", host === "s390x" ? "amd64" : host]);
    await writeDockerArchive(path, [{ names: ["x:1"], root }], store);
    const archive = await opened(openDockerArchive(path));
    expect(await archive.has(descriptorOf(`only ${host}`))).toBe(true);
    const platform = parsePlatform("linux/mips64");
    const writing = writeDockerArchive(path, [{ names: ["x:1"], root }], store, { platform });
    await expect(writing).rejects.toThrow(`no image for ${formatPlatform(platform)}`);
  });
});

/** What docker save wrote before version 25: no manifest, layers in folders, a layer that is there twice as a link. */
async function oldDockerArchive(layers: (string | Buffer)[], change: object = {}): Promise<string> {
  const folder = await testFolder();
  const input = join(folder, "in");
  await mkdir(input);
  const diffIds = layers.map((layer) => descriptorOf(layer).digest);
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } };
  await writeFile(join(input, "config.json"), encodeJson(config));
  const names: string[] = [];
  for (const [i, layer] of layers.entries()) {
    names.push(`${i}/layer.tar`);
    await mkdir(join(input, String(i)));
    const same = layers.indexOf(layer);
    if (same < i) await symlink(`../${same}/layer.tar`, join(input, String(i), "layer.tar"));
    else await writeFile(join(input, String(i), "layer.tar"), layer);
  }
  const image = { Config: "config.json", RepoTags: ["busybox:old", "other:1"], Layers: names, ...change };
  await writeFile(join(input, "manifest.json"), encodeJson([image]));
  execFileSync("tar", ["-cf", join(folder, "x.tar"), "-C", input, "."]);
  return join(folder, "x.tar");
}

describe("docker archive of old", () => {
  it("gets the manifest that Docker never wrote", async () => {
    const path = await oldDockerArchive(["one", "two", "one"]);
    const archive = await opened(openDockerArchive(path));
    const root = await archive.resolve("busybox:old");
    expect(root).toEqual(await archive.resolve("docker.io/library/other:1"));
    if (root === undefined) throw new Error("it has no root");
    const manifest = JSON.parse(await textOf(archive.read(root))) as { layers: object[]; mediaType: string };
    expect(manifest.mediaType).toBe(mediaTypes.dockerManifest);
    expect(manifest.layers).toEqual(
      ["one", "two", "one"].map((text) => descriptorOf(text, mediaTypes.dockerLayer)),
    );
    const store = new MemoryStore();
    await copy(root, archive, store);
    expect(await textOf(store.read(descriptorOf("two")))).toBe("two");
  });

  it("reads the same from docker save | gzip", async () => {
    const path = await oldDockerArchive(["one"]);
    const plain = await opened(openDockerArchive(path));
    await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
    const zipped = await opened(openDockerArchive(`${path}.gz`));
    expect(zipped.roots()).toEqual(plain.roots());
  });

  it("names compressed layers, which other tools write, by their own digest", async () => {
    const zipped = gzipSync("one");
    const folder = await oldDockerArchive([zipped]);
    const archive = await opened(openDockerArchive(folder));
    const root = archive.roots()[0];
    if (root === undefined) throw new Error("it has no root");
    const manifest = JSON.parse(await textOf(archive.read(root))) as { layers: object[] };
    expect(manifest.layers).toEqual([descriptorOf(zipped, mediaTypes.dockerLayerGzip)]);
  });

  it("detects a layer that is not the one of the config", async () => {
    const path = await oldDockerArchive(["one layer"]);
    const bytes = await readFile(path);
    bytes.write("X", bytes.indexOf("one layer"));
    await writeFile(path, bytes);
    const archive = await opened(openDockerArchive(path));
    const layer = descriptorOf("one layer");
    await expect(textOf(archive.read(layer))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it.each([
    [{ Layers: [] }, "layers"],
    [{ Layers: ["nowhere/layer.tar"] }, "nowhere"],
    [{ Layers: "0/layer.tar" }, "docker save"],
    [{ Config: "../../../etc/passwd" }, "etc/passwd"],
    [{ Config: 1 }, "docker save"],
    [{ RepoTags: [1] }, "docker save"],
  ])("refuses a manifest.json with %j", async (change, reason) => {
    const path = await oldDockerArchive(["one"], change);
    await expect(openDockerArchive(path)).rejects.toThrow(
      expect.objectContaining({ code: "ARCHIVE_INVALID", message: expect.stringContaining(reason) }),
    );
  });

  it("refuses a tar that is no image", async () => {
    const folder = await testFolder();
    await writeFile(join(folder, "a"), "x");
    execFileSync("tar", ["-cf", join(folder, "x.tar"), "-C", folder, "a"]);
    await expect(openDockerArchive(join(folder, "x.tar"))).rejects.toThrow(/has no "manifest.json"/);
  });

  it("takes an image without names", async () => {
    const archive = await opened(openDockerArchive(await oldDockerArchive(["one"], { RepoTags: null })));
    expect(archive.roots()).toHaveLength(1);
    expect(archive.roots()[0]?.annotations).toBeUndefined();
  });
});
