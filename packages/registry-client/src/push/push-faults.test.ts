import { randomBytes } from "node:crypto";
import { digestOf, encodeJson, mediaTypes } from "@tsbuild/oci";
import { startRegistry, type Fault, type FaultRule, type RunningRegistry } from "@tsbuild/registry";
import { MemoryStore, readAll, type Bytes } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createRegistryClient, type RegistryClient } from "../client.ts";
import { anonymous } from "../credentials/credential-source.ts";
import type { Repository } from "../repository.ts";

let registry: RunningRegistry;
let client: RegistryClient;
let repository: Repository;
const layer = randomBytes(3_000_000);
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length };
const small = layer.subarray(0, 1000);
const smallBlob = { ...blob, digest: digestOf(small), size: small.length };

beforeEach(async () => {
  registry = await startRegistry({ store: new MemoryStore() });
  client = createRegistryClient({
    credentials: anonymous,
    env: {},
    retry: { attempts: 4, baseDelayMs: 1, maxDelayMs: 4, maxRetryAfterMs: 10 },
  });
  repository = client.repository(`${registry.host}/app`);
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

async function* pieces(bytes: Uint8Array, size = 200_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const open = (): Bytes => pieces(layer);
const count = (method: string): number => registry.requests.filter((r) => r.method === method).length;

async function expectPushed(): Promise<void> {
  await repository.write(open, { expected: blob });
  expect((await readAll(repository.read(blob), 4_000_000)).equals(layer)).toBe(true);
}

function upset(method: string, fault: Fault, rule: Partial<FaultRule> = {}): void {
  registry.faults.add({ method, ...rule, fault });
}

describe("an upload", () => {
  it("is one streaming PATCH for a large blob, a single PUT for a small one", async () => {
    await expectPushed();
    expect([count("POST"), count("PATCH"), count("PUT")]).toEqual([1, 1, 1]);
    await repository.write(pieces(small), { expected: smallBlob });
    expect([count("POST"), count("PATCH"), count("PUT")]).toEqual([2, 1, 2]);
  });

  it.each(["POST", "PATCH", "PUT"])("begins anew when %s fails with 503", async (method) => {
    upset(method, { kind: "status", status: 503 }, { times: 2 });
    await expectPushed();
    expect(count("POST")).toBe(3);
  });

  it("begins anew when the connection is cut in the middle", async () => {
    upset("PATCH", { kind: "disconnect-request", afterBytes: 1_000_000 });
    await expectPushed();
    expect(count("POST")).toBe(2);
  });

  it("begins anew when the registry stops reading", async () => {
    const timeouts = { idleMs: 500, headersMs: 1000 };
    const impatient = createRegistryClient({
      credentials: anonymous,
      env: {},
      timeouts,
      retry: { attempts: 9, baseDelayMs: 1 },
    });
    onTestFinished(() => impatient.close());
    upset("PATCH", { kind: "stall-request" });
    await impatient.repository(`${registry.host}/app`).write(open, { expected: blob });
    expect(await repository.has(blob)).toBe(true);
  });

  it("begins anew when the upload has expired in the middle", async () => {
    upset("PATCH", { kind: "expire-upload" });
    await expectPushed();
    const other = client.repository(`${registry.host}/other`);
    upset("PUT", { kind: "expire-upload" });
    await other.write(open, { expected: blob });
    expect(await other.has(blob)).toBe(true);
  });

  it("begins anew after 416", async () => {
    upset("PATCH", { kind: "status", status: 416 });
    await expectPushed();
    expect(count("POST")).toBe(2);
  });

  it("does not send the bytes again when only the last answer was lost", async () => {
    upset("PUT", { kind: "disconnect", afterBytes: -1 });
    await expectPushed();
    expect(count("PATCH")).toBe(1);
  });

  it("with a running generator as its source is tried once, and fails as the registry did", async () => {
    upset("PATCH", { kind: "status", status: 503 }, { times: Infinity });
    await expect(repository.write(pieces(layer), { expected: blob })).rejects.toMatchObject({
      code: "SERVER_ERROR",
    });
    expect(count("PATCH")).toBe(1);
  });

  it("with an iterable that begins anew is tried again, and with one that only seems to fails as the registry did", async () => {
    upset("PATCH", { kind: "status", status: 503 });
    await repository.write({ [Symbol.asyncIterator]: () => pieces(layer) }, { expected: blob });
    expect(await repository.has(blob)).toBe(true);
    const other = client.repository(`${registry.host}/other`);
    const once = pieces(layer);
    registry.faults.clear();
    upset("PATCH", { kind: "status", status: 503 });
    await expect(
      other.write({ [Symbol.asyncIterator]: () => once }, { expected: blob }),
    ).rejects.toMatchObject({ code: "SERVER_ERROR" });
  });

  it("goes in chunks when a proxy refuses a body that large (buildkit #4320)", async () => {
    upset("PATCH", { kind: "status", status: 413 });
    await expectPushed();
    const chunked = registry.requests.filter((r) => r.method === "PATCH" && r.status === 202);
    expect(chunked.map((r) => r.headers["content-range"])).toEqual(["0-2999999"]);
  });

  it("fails at once for other refusals, and tells the registry to forget it", async () => {
    upset("PATCH", { kind: "status", status: 403 });
    await expect(repository.write(open, { expected: blob })).rejects.toMatchObject({ code: "DENIED" });
    expect([count("POST"), count("PATCH"), count("DELETE")]).toEqual([1, 1, 1]);
  });

  it.each([
    ["absolute", (url: string) => url],
    ["with a query", (url: string) => `${url}?_state=a%2Fb%3D&x=1`],
    ["relative", (url: string) => new URL(url).pathname],
  ])("goes where the Location is %s", async (_, form) => {
    // The registry's own locations are relative: the first request's answer is replaced by another form of it.
    const session = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = form(`${registry.url}${session.headers.get("location")}`);
    upset("POST", { kind: "status", status: 202, headers: { location } });
    await expectPushed();
    const put = registry.requests.findLast((r) => r.method === "PUT");
    expect(put?.path).toContain("digest=sha256%3A");
  });

  it("fails when the registry does not say where to", async () => {
    upset("POST", { kind: "status", status: 202 });
    await expect(repository.write(open, { expected: blob })).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("fails when the registry stored another digest, or nothing", async () => {
    upset("PUT", { kind: "headers", headers: { "docker-content-digest": digestOf("other") } });
    await expect(repository.write(open, { expected: blob })).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    const other = client.repository(`${registry.host}/other`);
    registry.faults.clear();
    upset("PUT", { kind: "status", status: 201 });
    await expect(other.write(open, { expected: blob })).rejects.toThrow("does not have it");
  });

  it("stops at an abort, with its reason", async () => {
    upset("PATCH", { kind: "stall-request" });
    const controller = new AbortController();
    const writing = repository.write(open, { expected: blob, signal: controller.signal });
    const reason = new Error("stop");
    const failure = writing.catch((error: unknown) => error);
    while (count("PATCH") === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await failure).toBe(reason);
  });

  it("ends the source's iterator when it fails", async () => {
    upset("PATCH", { kind: "status", status: 403 });
    let isEnded = false;
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(layer);
      } finally {
        isEnded = true;
      }
    };
    await expect(repository.write(watched, { expected: blob })).rejects.toMatchObject({ code: "DENIED" });
    expect(isEnded).toBe(true);
  });
});

describe("pushing a manifest", () => {
  const config = encodeJson({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  const configBlob = { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length };
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configBlob,
    layers: [],
  });
  const root = { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length };

  it("is tried again after 500 and a cut connection", async () => {
    await repository.write(pieces(config), { expected: configBlob });
    upset("PUT", { kind: "status", status: 500 });
    upset("PUT", { kind: "disconnect", afterBytes: -1 });
    await repository.write(pieces(manifest), { expected: root });
    expect(await repository.resolve(root.digest)).toEqual(root);
  });

  it("fails in the registry's words when a blob is missing", async () => {
    const pushing = repository.write(pieces(manifest), { expected: root });
    await expect(pushing).rejects.toMatchObject({ registryCodes: ["MANIFEST_BLOB_UNKNOWN"] });
    await expect(repository.write(pieces(manifest), { expected: root })).rejects.toThrow(configBlob.digest);
  });

  it("is confirmed by HEAD when the registry does not name the digest", async () => {
    await repository.write(pieces(config), { expected: configBlob });
    upset("PUT", { kind: "headers", headers: { "docker-content-digest": undefined } });
    await repository.write(pieces(manifest), { expected: root });
    upset("PUT", { kind: "status", status: 201 });
    const other = {
      ...root,
      digest: digestOf(Buffer.concat([manifest, Buffer.from("\n")])),
      size: root.size + 1,
    };
    const bytes = Buffer.concat([manifest, Buffer.from("\n")]);
    await expect(repository.write(pieces(bytes), { expected: other })).rejects.toThrow("does not have it");
  });
});
