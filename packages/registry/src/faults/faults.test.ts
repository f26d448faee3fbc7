import { randomBytes } from "node:crypto";
import { digestOf } from "@tsbuild/oci";
import { MemoryStore } from "@tsbuild/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type RunningRegistry } from "../start-registry.ts";
import { Faults } from "./faults.ts";

let registry: RunningRegistry;
const content = randomBytes(50_000);
const digest = digestOf(content);

beforeEach(async () => {
  registry = await startRegistry({ store: new MemoryStore() });
  await fetch(`${registry.url}/v2/app/blobs/uploads/?digest=${digest}`, { method: "POST", body: content });
});
afterEach(() => registry.close());

const get = (init: RequestInit = {}): Promise<Response> =>
  fetch(`${registry.url}/v2/app/blobs/${digest}`, init);
const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe("Faults", () => {
  it("hit the requests that match, after those that are spared, as often as asked", () => {
    const fault = { kind: "status", status: 500 } as const;
    const faults = new Faults([{ method: "GET", path: /blobs/, skip: 1, times: 2, fault }]);
    const hits = ["/blobs/1", "/tags", "/blobs/2", "/blobs/3", "/blobs/4"].map((path) =>
      faults.next("GET", path),
    );
    expect(hits).toEqual([undefined, undefined, fault, fault, undefined]);
    expect(faults.next("PUT", "/blobs/")).toBeUndefined();
  });
});

describe("a fault", () => {
  it("of status answers for the registry, once", async () => {
    registry.faults.add({ fault: { kind: "status", status: 429, headers: { "retry-after": "3" } } });
    const response = await get();
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
    expect((await get()).status).toBe(200);
  });

  it("of the connection cuts it before or inside the body", async () => {
    registry.faults.add({ fault: { kind: "disconnect", afterBytes: -1 } });
    await expect(get()).rejects.toThrow("fetch failed");
    registry.faults.add({ fault: { kind: "disconnect", afterBytes: 1000 } });
    await expect(get().then(bytes)).rejects.toThrow("terminated");
  });

  it("of the bytes corrupts one, adds some or leaves some out", async () => {
    registry.faults.add({ fault: { kind: "corrupt", offset: 7 } });
    const corrupt = await bytes(await get());
    expect(corrupt.length).toBe(content.length);
    expect(corrupt.findIndex((byte, at) => byte !== content[at])).toBe(7);
    registry.faults.add({ fault: { kind: "append", bytes: Buffer.from("more") } });
    expect((await bytes(await get())).subarray(-4).toString()).toBe("more");
    registry.faults.add({ fault: { kind: "truncate", bytes: 123 } });
    expect((await bytes(await get())).equals(content.subarray(0, 123))).toBe(true);
    registry.faults.add({ fault: { kind: "slow", chunkBytes: 20_000, pauseMs: 1 } });
    expect((await bytes(await get())).equals(content)).toBe(true);
  });

  it("of the headers lies or keeps silent", async () => {
    const headers = { "docker-content-digest": digestOf("other"), etag: undefined };
    registry.faults.add({ fault: { kind: "headers", headers } });
    const response = await get();
    expect([response.headers.get("docker-content-digest"), response.headers.get("etag")]).toEqual([
      digestOf("other"),
      null,
    ]);
  });

  it("of redirection sends to another origin", async () => {
    registry.faults.add({ fault: { kind: "redirect", origin: "http://elsewhere.test" } });
    const response = await get({ redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([
      307,
      `http://elsewhere.test/v2/app/blobs/${digest}`,
    ]);
  });

  it("of silence ends when the client goes, and the registry closes all the same", async () => {
    registry.faults.add({ fault: { kind: "stall", afterBytes: 10 } });
    const response = await get();
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(10);
    await reader?.cancel();
  });

  it("is in the log with the rest", async () => {
    registry.faults.add({ fault: { kind: "status", status: 503 } });
    await get({ headers: { "x-test": "1" } });
    expect(registry.requests.at(-1)).toMatchObject({
      method: "GET",
      status: 503,
      headers: { "x-test": "1" },
    });
  });
});
