import { randomBytes } from "node:crypto";
import { digestOf, encodeJson, mediaTypes, type Descriptor } from "@tsbuild/oci";
import { startRegistry, type RunningRegistry } from "@tsbuild/registry";
import { copy, MemoryStore, readAll, type Bytes } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "./client.ts";
import { anonymous } from "./credentials/credential-source.ts";
import type { Repository } from "./repository.ts";

let registry: RunningRegistry;
let client: RegistryClient;
let repository: Repository;

beforeEach(async () => {
  registry = await startRegistry({ store: new MemoryStore() });
  client = createRegistryClient({ credentials: anonymous, env: {}, retry: { baseDelayMs: 1 } });
  repository = client.repository(`${registry.host}/team/app`);
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

function describeBytes(bytes: Uint8Array, mediaType = "application/octet-stream"): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

async function* pieces(bytes: Uint8Array, size = 100_000): Bytes & AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function imageIn(store: MemoryStore, ...layers: Uint8Array[]): Promise<Descriptor> {
  const put = async (bytes: Uint8Array, mediaType: string): Promise<Descriptor> => {
    const described = describeBytes(bytes, mediaType);
    await store.write(pieces(bytes), { expected: described });
    return described;
  };
  const descriptors = await Promise.all(layers.map((layer) => put(layer, mediaTypes.ociLayer)));
  const rootfs = { type: "layers", diff_ids: descriptors.map(({ digest }) => digest) };
  const config = await put(
    encodeJson({ architecture: "amd64", os: "linux", config: {}, rootfs }),
    mediaTypes.ociConfig,
  );
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: descriptors };
  return put(encodeJson(manifest), mediaTypes.ociManifest);
}

const sent = (method: string): string[] =>
  registry.requests.filter((r) => r.method === method).map((r) => r.path);

describe("Repository as a blob store", () => {
  it.each([0, 1, 1000, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])("gives back %d bytes", async (size) => {
    const bytes = randomBytes(size);
    const blob = describeBytes(bytes);
    expect(await repository.has(blob)).toBe(false);
    expect(await repository.write(pieces(bytes), { expected: blob })).toEqual({ digest: blob.digest, size });
    expect(await repository.has(blob)).toBe(true);
    expect((await readAll(repository.read(blob), 4_000_000)).equals(bytes)).toBe(true);
  });

  it("computes the digest when nobody expects one", async () => {
    for (const size of [5, 2_000_000]) {
      const bytes = randomBytes(size);
      expect(await repository.write(pieces(bytes))).toEqual({ digest: digestOf(bytes), size });
    }
  });

  it("keeps sha512 blobs", async () => {
    const bytes = randomBytes(2_000_000);
    const blob = { ...describeBytes(bytes), digest: digestOf(bytes, "sha512") };
    await repository.write(pieces(bytes), { expected: blob });
    expect((await readAll(repository.read(blob), 4_000_000)).equals(bytes)).toBe(true);
  });

  it("does not read the source of what is there", async () => {
    const bytes = randomBytes(100);
    const blob = describeBytes(bytes);
    await repository.write(pieces(bytes), { expected: blob });
    const never = async function* (): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new Error("read");
    };
    expect(await repository.write(never(), { expected: blob })).toEqual({ digest: blob.digest, size: 100 });
    expect(await repository.write(never(), { expected: { digest: blob.digest } })).toEqual({
      digest: blob.digest,
      size: 100,
    });
  });

  it("shows nothing of what was not as expected, and tells the registry to forget it", async () => {
    const bytes = randomBytes(2_000_000);
    const wrong = { ...describeBytes(bytes), digest: digestOf("other") };
    await expect(repository.write(pieces(bytes), { expected: wrong })).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    const short = { ...describeBytes(bytes), size: 1_500_000 };
    await expect(repository.write(pieces(bytes), { expected: short })).rejects.toMatchObject({
      code: "SIZE_MISMATCH",
    });
    expect(await repository.has(describeBytes(bytes))).toBe(false);
    expect(await repository.has(wrong)).toBe(false);
    expect(sent("PUT")).toEqual([]);
    expect(sent("DELETE")).toHaveLength(2);
  });

  it("throws what the source throws, and not again", async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(2_000_000);
      yield randomBytes(1000);
      throw new Error("the disk is gone");
    };
    const expected = { digest: digestOf("x"), size: 3_000_000 };
    await expect(repository.write(failing, { expected })).rejects.toThrow("the disk is gone");
    expect(sent("POST")).toHaveLength(1);
  });

  it("says which blob is not there", async () => {
    const missing = describeBytes(randomBytes(3));
    await expect(readAll(repository.read(missing), 10)).rejects.toMatchObject({
      code: "BLOB_NOT_FOUND",
      status: 404,
    });
    const manifest = { ...missing, mediaType: mediaTypes.ociManifest };
    await expect(readAll(repository.read(manifest), 10)).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  });

  it("lets go of a connection when the reader stops early", async () => {
    const bytes = randomBytes(3_000_000);
    const blob = describeBytes(bytes);
    await repository.write(pieces(bytes), { expected: blob });
    for await (const chunk of repository.read(blob)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await readAll(repository.read(blob), 4_000_000)).equals(bytes)).toBe(true);
  });

  it("can be read many times at once", async () => {
    const bytes = randomBytes(500_000);
    const blob = describeBytes(bytes);
    await repository.write(pieces(bytes), { expected: blob });
    const all = await Promise.all(
      Array.from({ length: 40 }, () => readAll(repository.read(blob), 1_000_000)),
    );
    expect(all.every((copy) => copy.equals(bytes))).toBe(true);
  });

  it("counts a blob of another size as absent", async () => {
    const bytes = randomBytes(100);
    await repository.write(pieces(bytes));
    expect(await repository.has({ ...describeBytes(bytes), size: 99 })).toBe(false);
  });
});

describe("Repository of images", () => {
  it("takes a whole image from a store and gives it to another", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(50_000), randomBytes(1_500_000));
    await copy(image, source, repository);
    await repository.tag("v1", image);
    const target = new MemoryStore();
    const resolved = await repository.resolve("v1");
    expect(resolved).toEqual(image);
    await copy(resolved ?? image, repository, target);
    expect(await target.has(image)).toBe(true);
  });

  it("sends a manifest's bytes from memory when it tags what it has pushed", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(10));
    await copy(image, source, repository);
    await repository.tag("v1", image);
    expect(sent("GET").filter((path) => path.includes("/manifests/"))).toEqual([]);
  });

  it("does not touch a tag that is right already, which may be immutable", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(10));
    await copy(image, source, repository);
    await repository.tag("v1", image);
    registry.faults.add({
      method: "PUT",
      path: /manifests\/v1/,
      times: Infinity,
      fault: { kind: "status", status: 403 },
    });
    await repository.tag("v1", image);
    const other = await imageIn(source, randomBytes(11));
    await copy(other, source, repository);
    await expect(repository.tag("v1", other)).rejects.toMatchObject({ code: "DENIED" });
  });

  it("resolves digests, and nothing where nothing is", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(10));
    await copy(image, source, repository);
    expect(await repository.resolve(image.digest)).toEqual(image);
    expect(await repository.resolve("missing")).toBeUndefined();
    expect(await client.repository(`${registry.host}/no/such`).resolve("latest")).toBeUndefined();
  });

  it("reads the manifest when HEAD tells too little", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(10));
    await copy(image, source, repository);
    await repository.tag("v1", image);
    for (const header of ["docker-content-digest", "content-type", "content-length"]) {
      registry.faults.add({ method: "HEAD", fault: { kind: "headers", headers: { [header]: undefined } } });
      expect(await repository.resolve("v1")).toEqual(image);
    }
    registry.faults.add({ method: "HEAD", fault: { kind: "status", status: 405 } });
    expect(await repository.resolve("v1")).toEqual(image);
  });

  it("mounts from a repository of the same registry, without a byte passing through", async () => {
    const source = new MemoryStore();
    const layer = randomBytes(100_000);
    const image = await imageIn(source, layer);
    await copy(image, source, repository);
    const other = client.repository(`${registry.host}/team/other`);
    const kinds: string[] = [];
    await copy(image, repository, other, { report: ({ kind }) => kinds.push(kind) });
    expect(kinds.filter((kind) => kind === "mounted")).toHaveLength(2);
    expect(sent("PATCH")).toEqual([]);
    expect((await readAll(other.read(describeBytes(layer)), 200_000)).equals(layer)).toBe(true);
  });

  it("does not mount from elsewhere", async () => {
    const second = client.repository("registry.example/team/app");
    const blob = describeBytes(randomBytes(1));
    expect(await repository.mount(blob, second)).toBe(false);
    expect(await repository.mount(blob, new MemoryStore())).toBe(false);
    expect(registry.requests).toEqual([]);
  });

  it("falls back to uploading when the registry would rather not mount (202), or refuses", async () => {
    const blob = describeBytes(randomBytes(1));
    const other = client.repository(`${registry.host}/team/other`);
    expect(await other.mount(blob, repository)).toBe(false);
    expect(sent("DELETE")).toHaveLength(1);
    for (const status of [403, 404, 405]) {
      registry.faults.add({ method: "POST", fault: { kind: "status", status } });
      expect(await other.mount(blob, repository)).toBe(false);
    }
  });

  it("lists tags over all pages", async () => {
    const source = new MemoryStore();
    const image = await imageIn(source, randomBytes(10));
    await copy(image, source, repository);
    for (const tag of ["b", "a", "c"]) await repository.tag(tag, image);
    expect(await repository.listTags()).toEqual(["a", "b", "c"]);
    // The first page is answered by a registry that pages more finely than it was asked to.
    const link = `</v2/team/app/tags/list?n=1000&last=a>; rel="next"`;
    registry.faults.add({
      path: /tags\/list\?n=1000$/,
      fault: { kind: "status", status: 200, headers: { link }, body: '{"tags":["a"]}' },
    });
    expect(await repository.listTags()).toEqual(["a", "b", "c"]);
  });

  it("does not follow pages for ever, nor to another host", async () => {
    for (const next of ["/v2/team/app/tags/list?n=1000", "http://attacker.test/v2/x/tags/list"]) {
      const headers = { link: `<${next}>; rel="next"` };
      registry.faults.clear();
      registry.faults.add({
        path: /tags/,
        times: Infinity,
        fault: { kind: "status", status: 200, headers, body: '{"tags":[]}' },
      });
      await expect(repository.listTags()).rejects.toMatchObject({ code: "PROTOCOL" });
    }
  });
});

describe("names", () => {
  it("cannot leave their place in a URL (CVE-2024-3727)", async () => {
    const bad = [
      "sha256:../../x",
      `sha256:${"A".repeat(64)}`,
      `sha256:${"a".repeat(63)}`,
      "md5:..",
      `sha256:${"a".repeat(64)}?x`,
      "sha256:#",
    ];
    for (const digest of bad) {
      const blob = { mediaType: "x/y", digest: digest as Descriptor["digest"], size: 1 };
      await expect(repository.has(blob)).rejects.toMatchObject({ code: "DIGEST_INVALID" });
      await expect(readAll(repository.read(blob), 9)).rejects.toMatchObject({ code: "DIGEST_INVALID" });
      await expect(repository.resolve(digest)).rejects.toMatchObject({ code: "DIGEST_INVALID" });
    }
    await expect(repository.resolve("../../other/manifests/x")).rejects.toBeInstanceOf(RangeError);
    expect(() => client.repository({ registry: "r.example", repository: "../x" })).toThrow("../x");
    expect(registry.requests).toEqual([]);
  });
});
