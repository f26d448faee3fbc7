import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { digestOf, encodeJson, mediaTypes } from "@tsbuild/oci";
import { MemoryStore } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startRegistry, type RunningRegistry } from "./start-registry.ts";

let registry: RunningRegistry;
const content = randomBytes(100_000);
const digest = digestOf(content);

beforeEach(async () => {
  registry = await startRegistry({ store: new MemoryStore() });
});
afterEach(() => registry.close());

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, registry.url), init);
const json = async (path: string): Promise<unknown> => (await call(path)).json();

async function startUpload(repository = "app"): Promise<string> {
  const response = await call(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
  expect(response.status).toBe(202);
  return response.headers.get("location") ?? "";
}

async function pushBlob(bytes: Uint8Array<ArrayBuffer>, repository = "app"): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`;
  expect((await call(path, { method: "POST", body: bytes })).status).toBe(201);
}

async function pushManifest(reference: string, extra: object = {}, repository = "app"): Promise<string> {
  const config = Buffer.from("{}");
  await pushBlob(config, repository);
  const manifest = Buffer.from(
    encodeJson({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: 2 },
      layers: [],
      ...extra,
    }),
  );
  const headers = { "content-type": mediaTypes.ociManifest };
  const response = await call(`/v2/${repository}/manifests/${reference}`, {
    method: "PUT",
    headers,
    body: manifest,
  });
  expect(response.status).toBe(201);
  return digestOf(manifest);
}

async function codeOf(response: Response, status: number): Promise<string | undefined> {
  expect(response.status).toBe(status);
  const body = (await response.json()) as { errors: { code: string }[] };
  return body.errors[0]?.code;
}

describe("blobs", () => {
  it("are pushed at once, and served with HEAD, GET and ranges", async () => {
    await pushBlob(content);
    const head = await call(`/v2/app/blobs/${digest}`, { method: "HEAD" });
    expect(Object.fromEntries(head.headers)).toMatchObject({
      "content-length": "100000",
      "docker-content-digest": digest,
      "docker-distribution-api-version": "registry/2.0",
    });
    expect(digestOf(new Uint8Array(await (await call(`/v2/app/blobs/${digest}`)).arrayBuffer()))).toBe(
      digest,
    );
    for (const [range, start, end] of [
      ["bytes=10-19", 10, 20],
      ["bytes=99990-", 99_990, 100_000],
      ["bytes=-5", 99_995, 100_000],
      ["bytes=99990-999999", 99_990, 100_000],
    ] as const) {
      const response = await call(`/v2/app/blobs/${digest}`, { headers: { range } });
      expect(response.status).toBe(206);
      expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/100000`);
      expect(Buffer.from(await response.arrayBuffer()).equals(content.subarray(start, end))).toBe(true);
    }
    const beyond = await call(`/v2/app/blobs/${digest}`, { headers: { range: "bytes=100000-" } });
    expect(beyond.status).toBe(416);
  });

  it("are refused under another digest, and nothing of them is left", async () => {
    const wrong = digestOf("other");
    const response = await call(`/v2/app/blobs/uploads/?digest=${wrong}`, { method: "POST", body: content });
    expect(await codeOf(response, 400)).toBe("DIGEST_INVALID");
    expect(await codeOf(await call(`/v2/app/blobs/${wrong}`), 404)).toBe("BLOB_UNKNOWN");
    expect((await call(`/v2/app/blobs/${digest}`)).status).toBe(404);
  });

  it("belong to their repository until they are mounted", async () => {
    await pushBlob(content);
    expect((await call(`/v2/other/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
    const mounted = await call(`/v2/other/blobs/uploads/?mount=${digest}&from=app`, { method: "POST" });
    expect(mounted.status).toBe(201);
    expect((await call(`/v2/other/blobs/${digest}`, { method: "HEAD" })).status).toBe(200);
    const unknown = await call(`/v2/third/blobs/uploads/?mount=${digest}&from=nowhere`, { method: "POST" });
    expect(unknown.status).toBe(202);
  });

  it("are deleted in one repository only", async () => {
    await pushBlob(content);
    await call(`/v2/other/blobs/uploads/?mount=${digest}&from=app`, { method: "POST" });
    expect((await call(`/v2/app/blobs/${digest}`, { method: "DELETE" })).status).toBe(202);
    expect((await call(`/v2/app/blobs/${digest}`)).status).toBe(404);
    expect((await call(`/v2/other/blobs/${digest}`)).status).toBe(200);
  });
});

describe("uploads", () => {
  it("go in chunks, in order, and tell how far they are", async () => {
    const location = await startUpload();
    const first = await call(location, {
      method: "PATCH",
      headers: { "content-range": "0-999" },
      body: content.subarray(0, 1000),
    });
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-999"]);
    const gap = await call(location, {
      method: "PATCH",
      headers: { "content-range": "2000-2999" },
      body: content.subarray(2000, 3000),
    });
    expect(await codeOf(gap.clone(), 416)).toBe("RANGE_INVALID");
    expect(gap.headers.get("range")).toBe("0-999");
    const status = await call(location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-999"]);
    const last = await call(`${location}?digest=${digest}`, {
      method: "PUT",
      headers: { "content-range": "1000-99999" },
      body: content.subarray(1000),
    });
    expect([last.status, last.headers.get("docker-content-digest")]).toEqual([201, digest]);
    expect((await call(location)).status).toBe(404);
  });

  it("can be cancelled, and belong to their repository", async () => {
    const location = await startUpload();
    expect((await call(location.replace("/app/", "/other/"))).status).toBe(404);
    expect((await call(location, { method: "DELETE" })).status).toBe(204);
    expect(await codeOf(await call(location, { method: "PATCH", body: "x" }), 404)).toBe(
      "BLOB_UPLOAD_UNKNOWN",
    );
  });

  it("keep what had arrived when the connection broke", async () => {
    const location = await startUpload();
    const request = httpRequest(new URL(location, registry.url), { method: "PATCH" });
    request.on("error", () => {});
    await new Promise((resolve) => request.write(content.subarray(0, 1000), resolve));
    const range = async (): Promise<string | null> => (await call(location)).headers.get("range");
    request.destroy();
    while ((await range()) !== "0-999") await new Promise((resolve) => setImmediate(resolve));
    const rest = await call(`${location}?digest=${digest}`, { method: "PUT", body: content.subarray(1000) });
    expect(rest.status).toBe(201);
  });

  it("take sha512", async () => {
    const long = digestOf(content, "sha512");
    expect(
      (await call(`/v2/app/blobs/uploads/?digest=${long}`, { method: "POST", body: content })).status,
    ).toBe(201);
    expect((await call(`/v2/app/blobs/${long}`, { method: "HEAD" })).status).toBe(200);
  });
});

describe("manifests", () => {
  it("are served by tag and digest, byte for byte", async () => {
    const own = await pushManifest("v1");
    for (const reference of ["v1", own]) {
      const response = await call(`/v2/app/manifests/${reference}`);
      expect(response.headers.get("content-type")).toBe(mediaTypes.ociManifest);
      expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(own);
    }
    expect(await codeOf(await call("/v2/app/manifests/v2"), 404)).toBe("MANIFEST_UNKNOWN");
  });

  it("must be whole, honest and complete", async () => {
    const put = (body: string, reference = "v1", type: string = mediaTypes.ociManifest): Promise<Response> =>
      call(`/v2/app/manifests/${reference}`, { method: "PUT", headers: { "content-type": type }, body });
    expect(await codeOf(await put("{"), 400)).toBe("MANIFEST_INVALID");
    expect(await codeOf(await put('{"schemaVersion":2,"manifests":[],"layers":[]}'), 400)).toBe(
      "MANIFEST_INVALID",
    );
    const lacking = { mediaType: mediaTypes.ociConfig, digest: digestOf("absent"), size: 6 };
    const manifest = JSON.stringify({ schemaVersion: 2, config: lacking, layers: [] });
    expect(await codeOf(await put(manifest), 404)).toBe("MANIFEST_BLOB_UNKNOWN");
    const index = JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...lacking, mediaType: mediaTypes.ociManifest }],
    });
    expect(await codeOf(await put(index, "v1", mediaTypes.ociIndex), 404)).toBe("MANIFEST_BLOB_UNKNOWN");
    await pushManifest("ok");
    expect(
      await codeOf(await put('{"schemaVersion":2,"manifests":[]}', digest, mediaTypes.ociIndex), 400),
    ).toBe("DIGEST_INVALID");
    expect(await codeOf(await put(" ".repeat(5 << 20)), 413)).toBe("SIZE_INVALID");
  });

  it("lose a tag alone, or all tags with the manifest", async () => {
    const own = await pushManifest("a");
    await pushManifest("b");
    expect((await call("/v2/app/manifests/a", { method: "DELETE" })).status).toBe(202);
    expect((await call("/v2/app/manifests/a")).status).toBe(404);
    expect((await call("/v2/app/manifests/b")).status).toBe(200);
    await call(`/v2/app/manifests/${own}`, { method: "DELETE" });
    expect((await call("/v2/app/manifests/b")).status).toBe(404);
    expect(await json("/v2/app/tags/list")).toEqual({ name: "app", tags: [] });
  });

  it("are found by what they refer to", async () => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: await pushManifest("v1"), size: 1 };
    const first = await pushManifest("sig", {
      subject,
      artifactType: "application/sig",
      annotations: { a: "b" },
    });
    await pushManifest("sbom", { subject, artifactType: "application/sbom" });
    const all = (await json(`/v2/app/referrers/${subject.digest}`)) as { manifests: unknown[] };
    expect(all.manifests).toHaveLength(2);
    const response = await call(`/v2/app/referrers/${subject.digest}?artifactType=application/sig`);
    expect(response.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(response.headers.get("content-type")).toBe(mediaTypes.ociIndex);
    const filtered = (await response.json()) as { manifests: unknown[] };
    expect(filtered.manifests).toEqual([
      expect.objectContaining({ digest: first, artifactType: "application/sig", annotations: { a: "b" } }),
    ]);
    expect(await json(`/v2/none/referrers/${digest}`)).toMatchObject({ manifests: [] });
  });
});

describe("lists", () => {
  it("are in lexical order, in pages", async () => {
    for (const tag of ["c", "a", "b"]) await pushManifest(tag);
    expect(await json("/v2/app/tags/list")).toEqual({ name: "app", tags: ["a", "b", "c"] });
    const page = await call("/v2/app/tags/list?n=2");
    expect(page.headers.get("link")).toBe('</v2/app/tags/list?n=2&last=b>; rel="next"');
    expect(await page.json()).toEqual({ name: "app", tags: ["a", "b"] });
    const last = await call("/v2/app/tags/list?n=2&last=b");
    expect([last.headers.get("link"), await last.json()]).toEqual([null, { name: "app", tags: ["c"] }]);
    expect(await json("/v2/app/tags/list?n=0")).toEqual({ name: "app", tags: [] });
    expect(await json("/v2/_catalog")).toEqual({ repositories: ["app"] });
    expect(await codeOf(await call("/v2/none/tags/list"), 404)).toBe("NAME_UNKNOWN");
  });
});

describe("anything else", () => {
  it("is refused in the specification's words", async () => {
    expect((await call("/v2/")).status).toBe(200);
    expect(await codeOf(await call("/nothing"), 404)).toBe("UNSUPPORTED");
    const wrong = await call("/v2/app/tags/list", { method: "PUT" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"]);
    expect(await codeOf(await call("/v2/APP/tags/list"), 400)).toBe("NAME_INVALID");
    expect(await codeOf(await call("/v2/app/blobs/sha256:x"), 400)).toBe("DIGEST_INVALID");
  });

  it("is refused by a registry that is read-only", async () => {
    const frozen = await startRegistry({ store: new MemoryStore(), isReadOnly: true });
    onTestFinished(() => frozen.close());
    expect((await fetch(`${frozen.url}/v2/app/blobs/uploads/`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${frozen.url}/v2/`)).status).toBe(200);
  });
});
