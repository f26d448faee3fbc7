import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, encodeJson, mediaTypes } from "@tsbuild/oci";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startRegistry, type RunningRegistry } from "../start-registry.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbuild-registry-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const config = Buffer.from("{}");
const configDigest = digestOf(config);
const manifest = Buffer.from(
  encodeJson({
    schemaVersion: 2,
    config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: 2 },
    layers: [],
  }),
);

async function push({ url }: RunningRegistry): Promise<void> {
  const blob = await fetch(`${url}/v2/a/b/blobs/uploads/?digest=${configDigest}`, {
    method: "POST",
    body: config,
  });
  expect(blob.status).toBe(201);
  const headers = { "content-type": mediaTypes.ociManifest };
  const put = await fetch(`${url}/v2/a/b/manifests/v1`, { method: "PUT", headers, body: manifest });
  expect(put.status).toBe(201);
}

async function status({ url }: RunningRegistry, path: string): Promise<number> {
  return (await fetch(`${url}/v2/a/b/${path}`)).status;
}

describe("a registry in a folder", () => {
  it("serves after a restart what was pushed before", async () => {
    const first = await startRegistry({ store: folder });
    await push(first);
    await first.close();
    const second = await startRegistry({ store: folder });
    onTestFinished(() => second.close());
    const response = await fetch(`${second.url}/v2/a/b/manifests/v1`);
    expect(response.headers.get("content-type")).toBe(mediaTypes.ociManifest);
    expect(Buffer.from(await response.arrayBuffer()).equals(manifest)).toBe(true);
    expect(await status(second, `blobs/${configDigest}`)).toBe(200);
  });

  it("starts over what a kill left: temporary files, torn and foreign ones, uploads", async () => {
    const first = await startRegistry({ store: folder });
    await push(first);
    await fetch(`${first.url}/v2/a/b/blobs/uploads/`, { method: "POST" });
    // As if killed: a second registry opens the folder while the first has not let go of it.
    const repository = join(folder, "repositories/a/b");
    await writeFile(join(repository, "_tags/v1.123.tmp"), "sha256:");
    await writeFile(join(repository, "_tags/torn"), "sha25");
    await writeFile(join(repository, "_manifests", digestOf("x")), '{"mediaType":');
    await writeFile(join(repository, "_blobs/notes.txt"), "hello");
    const second = await startRegistry({ store: folder });
    onTestFinished(() => second.close());
    expect(await (await fetch(`${second.url}/v2/a/b/tags/list`)).json()).toEqual({
      name: "a/b",
      tags: ["v1"],
    });
    expect(await status(second, "manifests/v1")).toBe(200);
    expect(await readdir(join(repository, "_tags"))).not.toContain("v1.123.tmp");
    expect(await readdir(join(folder, "uploads"))).toEqual([]);
    await first.close();
  });

  it("frees the bytes that nobody names any more, and only those", async () => {
    const registry = await startRegistry({ store: folder });
    onTestFinished(() => registry.close());
    await push(registry);
    const blobs = (): Promise<string[]> => readdir(join(folder, "blobs/sha256"));
    await fetch(`${registry.url}/v2/other/blobs/uploads/?mount=${configDigest}&from=a/b`, { method: "POST" });
    await fetch(`${registry.url}/v2/a/b/blobs/${configDigest}`, { method: "DELETE" });
    expect(await blobs()).toHaveLength(2);
    await fetch(`${registry.url}/v2/other/blobs/${configDigest}`, { method: "DELETE" });
    expect(await blobs()).toEqual([digestOf(manifest).slice(7)]);
  });

  it("does not open a folder of another format", async () => {
    await writeFile(join(folder, "registry-format"), "something else\n");
    await expect(startRegistry({ store: folder })).rejects.toThrow("registry-format");
    expect(await readFile(join(folder, "registry-format"), "utf8")).toBe("something else\n");
  });
});
