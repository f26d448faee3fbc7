import { randomBytes } from "node:crypto";
import { digestOf, mediaTypes } from "@tsbuild/oci";
import { startRegistry, type RunningRegistry } from "@tsbuild/registry";
import { MemoryStore, readAll } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "../client.ts";
import type { Repository } from "../repository.ts";
import { followRedirects } from "./follow-redirects.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";

let registry: RunningRegistry;
let elsewhere: RunningRegistry;
let client: RegistryClient;
let repository: Repository;
const bytes = randomBytes(2_000_000);
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };

beforeEach(async () => {
  const credentials = { find: async () => ({ kind: "password", username: "me", password: "pw" }) as const };
  registry = await startRegistry({ store: new MemoryStore(), auth: { kind: "basic", users: { me: "pw" } } });
  elsewhere = await startRegistry({ store: new MemoryStore() });
  client = createRegistryClient({ credentials, env: {}, retry: { attempts: 3, baseDelayMs: 1 } });
  repository = client.repository(`${registry.host}/app`);
});
afterEach(async () => {
  await client.close();
  await registry.close();
  await elsewhere.close();
});

async function* open(): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function expectNoSecrets(): void {
  expect(elsewhere.requests.length).toBeGreaterThan(0);
  for (const { headers } of elsewhere.requests) {
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("cookie");
  }
  expect(registry.requests.some((r) => r.headers.authorization !== undefined)).toBe(true);
}

describe("GHSA-vh4v-2xq2-g5cg: credentials do not follow a redirect", () => {
  it("of a blob or manifest", async () => {
    await client.repository(`${elsewhere.host}/app`).write(open, { expected: blob });
    await repository.has(blob);
    registry.faults.add({
      method: "GET",
      times: Infinity,
      fault: { kind: "redirect", origin: elsewhere.url },
    });
    expect((await readAll(repository.read(blob), 3_000_000)).equals(bytes)).toBe(true);
    const manifest = { ...blob, mediaType: mediaTypes.ociManifest };
    await expect(readAll(repository.read(manifest), 10)).rejects.toThrow("Cannot pull");
    expectNoSecrets();
  });

  it("of an upload's POST, nor to a Location on another host", async () => {
    await repository.has(blob);
    registry.faults.add({ method: "POST", fault: { kind: "redirect", origin: elsewhere.url } });
    registry.faults.add({ method: "PUT", times: Infinity, fault: { kind: "status", status: 500 } });
    await repository.write(open, { expected: blob });
    expect(await client.repository(`${elsewhere.host}/app`).has(blob)).toBe(true);
    expectNoSecrets();
  });

  it("of an upload's last PUT", async () => {
    await repository.has(blob);
    const small = { ...blob, digest: digestOf("x"), size: 1 };
    const started = await fetch(`${elsewhere.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = `${elsewhere.url}${started.headers.get("location")}?digest=${small.digest}`;
    registry.faults.add({ method: "PUT", fault: { kind: "redirect", location } });
    await repository.write(() => text("x"), { expected: small });
    expect(await client.repository(`${elsewhere.host}/app`).has(small)).toBe(true);
    expectNoSecrets();
  });

  it("and a challenge from elsewhere is not answered", async () => {
    await repository.has(blob);
    registry.faults.add({ method: "GET", fault: { kind: "redirect", origin: elsewhere.url } });
    const headers = { "www-authenticate": 'Basic realm="give"' };
    elsewhere.faults.add({ times: Infinity, fault: { kind: "status", status: 401, headers } });
    await expect(readAll(repository.read(blob), 10)).rejects.toMatchObject({ code: "PROTOCOL", status: 401 });
    expect(elsewhere.requests).toHaveLength(1);
    expectNoSecrets();
  });
});

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

function answering(...locations: (string | undefined)[]): {
  send: (r: HttpRequest) => Promise<HttpResponse>;
  sent: HttpRequest[];
} {
  const sent: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const location = locations[Math.min(sent.length, locations.length - 1)];
    sent.push(request);
    return {
      status: location === undefined ? 200 : 307,
      url: request.url,
      header: (name) => (name === "location" ? location : undefined),
      body: text(""),
      discard: async () => {},
    };
  };
  return { send, sent };
}

const request: HttpRequest = {
  method: "GET",
  url: new URL("https://r.example/v2/x"),
  headers: { authorization: "secret", cookie: "secret", range: "bytes=1-" },
};

describe("followRedirects", () => {
  it("keeps credentials at the same origin, and other headers always", async () => {
    const { send, sent } = answering("/v2/y", "https://cdn.example/z", undefined);
    expect((await followRedirects(request, send)).url.href).toBe("https://cdn.example/z");
    expect(sent[1]?.headers["authorization"]).toBe("secret");
    expect(sent[2]?.headers).toEqual({ range: "bytes=1-" });
  });

  it("does not give them back after a detour, and another port is elsewhere", async () => {
    const { send, sent } = answering("https://r.example:444/y", "https://r.example/z", undefined);
    await followRedirects(request, send);
    expect(sent.map(({ headers }) => headers["authorization"])).toEqual(["secret", undefined, undefined]);
  });

  it("drops credentials in the Location itself", async () => {
    const { send, sent } = answering("https://user:pw@cdn.example/z", undefined);
    await followRedirects(request, send);
    expect(sent[1]?.url.href).toBe("https://cdn.example/z");
  });

  it.each(["http://r.example/x", "file:///etc/passwd", "javascript:1"])(
    "refuses to go from https to %s",
    async (location) => {
      const { send, sent } = answering(location);
      await expect(followRedirects(request, send)).rejects.toMatchObject({ code: "REFUSED" });
      expect(sent).toHaveLength(1);
    },
  );

  it("ends loops and long ways", async () => {
    const loop = answering("https://r.example/v2/x");
    await expect(followRedirects(request, loop.send)).rejects.toMatchObject({ code: "PROTOCOL" });
    const far = answering(...Array.from({ length: 30 }, (_, hop) => `/hop/${hop}`));
    await expect(followRedirects(request, far.send)).rejects.toMatchObject({ code: "PROTOCOL" });
    expect(far.sent).toHaveLength(11);
  });

  it("lets only a registry on this machine send us to this machine, and none to link-local addresses", async () => {
    const { send, sent } = answering("https://cdn.example/z", undefined);
    await followRedirects(request, send);
    const rule = sent[1]?.addressRule;
    expect(rule?.allows("public")).toBe(true);
    expect(rule?.allows("loopback")).toBe(false);
    expect(rule?.allows("link-local")).toBe(false);
    expect(sent[0]?.addressRule).toBeUndefined();
  });

  it("does not lose a body, nor send one twice that cannot be", async () => {
    const body = { repeatable: false, open: () => text("x") };
    const { send } = answering("https://cdn.example/z");
    await expect(followRedirects({ ...request, method: "PATCH", body }, send)).rejects.toMatchObject({
      code: "PROTOCOL",
    });
  });

  it("keeps a token request at its origin", async () => {
    const { send, sent } = answering("https://evil.example/token");
    await expect(followRedirects(request, send, "same-origin")).rejects.toMatchObject({ code: "REFUSED" });
    expect(sent).toHaveLength(1);
  });
});
