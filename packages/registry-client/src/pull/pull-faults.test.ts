import { randomBytes } from "node:crypto";
import { digestOf, encodeJson, mediaTypes, type Descriptor } from "@tsbuild/oci";
import { startRegistry, type RunningRegistry } from "@tsbuild/registry";
import { copy, MemoryStore, readAll } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createRegistryClient, type RegistryClient } from "../client.ts";
import { anonymous } from "../credentials/credential-source.ts";
import type { Repository } from "../repository.ts";

let registry: RunningRegistry;
let client: RegistryClient;
let repository: Repository;
const layer = randomBytes(300_000);
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length };

beforeEach(async () => {
  registry = await startRegistry({ store: new MemoryStore() });
  client = createRegistryClient({
    credentials: anonymous,
    env: {},
    retry: { attempts: 4, baseDelayMs: 1, maxDelayMs: 4, maxRetryAfterMs: 10 },
  });
  repository = client.repository(`${registry.host}/app`);
  await repository.write(() => chunk(layer), { expected: blob });
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function pushManifest(): Promise<Descriptor> {
  const store = new MemoryStore();
  const keep = async (bytes: Uint8Array, mediaType: string): Promise<Descriptor> => {
    const expected = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await store.write(chunk(bytes), { expected });
    return expected;
  };
  await keep(layer, blob.mediaType);
  const config = await keep(
    encodeJson({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [blob.digest] } }),
    mediaTypes.ociConfig,
  );
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [blob] };
  const root = await keep(encodeJson(manifest), mediaTypes.ociManifest);
  await copy(root, store, repository);
  await repository.tag("v1", root);
  return root;
}

const pull = (): Promise<Buffer> => readAll(repository.read(blob), 1_000_000);
const gets = (): (string | undefined)[] =>
  registry.requests.filter((r) => r.method === "GET").map((r) => r.headers.range);

describe("pulling a blob survives", () => {
  it("a connection that is cut, twice, and goes on where it was", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 100_000 } });
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 50_000 } });
    expect((await pull()).equals(layer)).toBe(true);
    expect(gets()).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-299999$/),
      expect.stringMatching(/^bytes=\d+-299999$/),
    ]);
  });

  it("a connection that is cut before anything came", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: -1 } });
    expect((await pull()).equals(layer)).toBe(true);
  });

  it("a body that ends too early as if it were whole", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "truncate", bytes: 1000 } });
    expect((await pull()).equals(layer)).toBe(true);
  });

  it("a Content-Length that promises more", async () => {
    const headers = { "content-length": "400000", connection: "close" };
    registry.faults.add({ method: "GET", fault: { kind: "headers", headers } });
    expect((await pull()).equals(layer)).toBe(true);
  });

  it("silence in the middle", async () => {
    const impatient = createRegistryClient({
      credentials: anonymous,
      env: {},
      timeouts: { idleMs: 1000 },
    });
    onTestFinished(() => impatient.close());
    registry.faults.add({ method: "GET", fault: { kind: "stall", afterBytes: 1000 } });
    const read = impatient.repository(`${registry.host}/app`).read(blob);
    expect((await readAll(read, 1_000_000)).equals(layer)).toBe(true);
  });

  it.each([408, 429, 500, 502, 503, 504])("status %d", async (status) => {
    registry.faults.add({ method: "GET", times: 2, fault: { kind: "status", status } });
    expect((await pull()).equals(layer)).toBe(true);
  });

  it.each(["0", "1000000000", "-5", new Date(Date.now() + 1e9).toUTCString(), "x"])(
    "429 with Retry-After: %s",
    async (value) => {
      registry.faults.add({
        method: "GET",
        fault: { kind: "status", status: 429, headers: { "retry-after": value } },
      });
      expect((await pull()).equals(layer)).toBe(true);
    },
  );

  it("a server that ignores ranges", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 100_000 } });
    registry.faults.add({ method: "GET", fault: { kind: "ignore-range" } });
    expect((await pull()).equals(layer)).toBe(true);
    expect(registry.requests.filter((r) => r.method === "GET").map((r) => r.status)).toEqual([200, 200]);
  });

  it("a redirect to storage elsewhere, and a cut there", async () => {
    const storage = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => storage.close());
    await client.repository(`${storage.host}/app`).write(() => chunk(layer), { expected: blob });
    registry.faults.add({ method: "GET", times: Infinity, fault: { kind: "redirect", origin: storage.url } });
    storage.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 100_000 } });
    expect((await pull()).equals(layer)).toBe(true);
    expect(gets()).toHaveLength(2);
  });
});

describe("pulling a blob fails", () => {
  it("for a wrong byte, whatever the headers say", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "corrupt", offset: 123 } });
    await expect(pull()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("for a byte too many", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "append", bytes: Buffer.from("x") } });
    await expect(pull()).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
  });

  it("for a range that is not the one asked for", async () => {
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 100_000 } });
    registry.faults.add({
      method: "GET",
      fault: { kind: "headers", headers: { "content-range": "bytes 5-299999/300000" } },
    });
    await expect(pull()).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("after the last try, in words that help", async () => {
    registry.faults.add({
      method: "GET",
      times: Infinity,
      fault: {
        kind: "status",
        status: 503,
        body: '{"errors":[{"code":"X","message":"back\\u001b[2J soon"}]}',
      },
    });
    await expect(pull()).rejects.toMatchObject({
      code: "SERVER_ERROR",
      status: 503,
      registryMessage: "back[2J soon",
      method: "GET",
    });
    expect(gets()).toHaveLength(4);
  });

  it("at once when retrying cannot help", async () => {
    registry.faults.add({ method: "GET", times: Infinity, fault: { kind: "status", status: 403 } });
    await expect(pull()).rejects.toMatchObject({ code: "DENIED" });
    expect(gets()).toHaveLength(1);
  });

  it("when a server never gives more than nothing", async () => {
    registry.faults.add({ method: "GET", times: Infinity, fault: { kind: "disconnect", afterBytes: 0 } });
    await expect(pull()).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("with the reason of the abort, and promptly", async () => {
    registry.faults.add({ method: "GET", times: Infinity, fault: { kind: "stall", afterBytes: 1000 } });
    const reason = new Error("stop");
    const controller = new AbortController();
    const reading = readAll(repository.read(blob, { signal: controller.signal }), 1_000_000);
    const failure = reading.catch((error: unknown) => error);
    while (gets().length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await expect(repository.has(blob, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe("pulling a manifest", () => {
  it("CVE-2025-24882: compares the pinned digest with the body, not with the header", async () => {
    const root = await pushManifest();
    const other = encodeJson({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { ...root, mediaType: "x/y" },
      layers: [],
    });
    const headers = { "content-type": root.mediaType, "docker-content-digest": root.digest };
    registry.faults.add({
      method: "GET",
      times: Infinity,
      fault: { kind: "status", status: 200, headers, body: Buffer.from(other).toString() },
    });
    await expect(readAll(repository.read(root), 1e6)).rejects.toMatchObject({
      code: expect.stringMatching(/MISMATCH/),
    });
    await expect(readAll(repository.read({ ...root, size: other.length }), 1e6)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    registry.faults.add({ method: "HEAD", fault: { kind: "status", status: 405 } });
    await expect(repository.resolve(root.digest)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("refuses HEAD's word that a digest is another", async () => {
    const root = await pushManifest();
    registry.faults.add({
      method: "HEAD",
      fault: { kind: "headers", headers: { "docker-content-digest": blob.digest } },
    });
    await expect(repository.resolve(root.digest)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("CVE-2021-41190: does not resolve what can be read in two ways", async () => {
    await pushManifest();
    const bodies: [string, string][] = [
      [mediaTypes.ociManifest, '{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}'],
      [mediaTypes.ociIndex, `{"schemaVersion":2,"mediaType":"${mediaTypes.ociManifest}","manifests":[]}`],
      [mediaTypes.ociManifest, '{"schemaVersion":2,"manifests":[]}'],
      ["application/vnd.docker.distribution.manifest.v1+prettyjws", '{"schemaVersion":1}'],
    ];
    for (const [type, body] of bodies) {
      registry.faults.clear();
      registry.faults.add({ method: "HEAD", fault: { kind: "status", status: 405 } });
      registry.faults.add({
        method: "GET",
        fault: { kind: "status", status: 200, headers: { "content-type": type }, body },
      });
      await expect(repository.resolve("v1")).rejects.toMatchObject({ code: "MANIFEST_INVALID" });
    }
  });

  it("CVE-2023-25153: reads at most 4 MiB, however endless the body", async () => {
    const root = await pushManifest();
    registry.faults.add({ method: "GET", fault: { kind: "append", bytes: Buffer.alloc(5 << 20) } });
    await expect(readAll(repository.read(root), 1e9)).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(readAll(repository.read({ ...root, size: 5 << 20 }), 1e9)).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
  });

  it("survives a cut connection and refuses a huge error body", async () => {
    const root = await pushManifest();
    registry.faults.add({ method: "GET", fault: { kind: "disconnect", afterBytes: 10 } });
    expect((await readAll(repository.read(root), 1e6)).length).toBe(root.size);
    registry.faults.add({ method: "GET", fault: { kind: "status", status: 400, body: "x".repeat(1 << 20) } });
    await expect(readAll(repository.read(root), 1e6)).rejects.toMatchObject({ code: "REJECTED" });
  });

  it("CVE-2020-15157: never asks the addresses that a layer names", async () => {
    const elsewhere = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => elsewhere.close());
    const foreign = { ...blob, digest: digestOf("absent"), urls: [`${elsewhere.url}/x`] };
    await expect(readAll(repository.read(foreign), 1e6)).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    expect(elsewhere.requests).toEqual([]);
  });
});
