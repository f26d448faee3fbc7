import { randomBytes } from "node:crypto";
import { digestOf, mediaTypes } from "@tsbuild/oci";
import { startRegistry, type RegistryAuth, type RunningRegistry } from "@tsbuild/registry";
import { MemoryStore, readAll } from "@tsbuild/store";
import { afterEach, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "../client.ts";
import type { Credentials } from "../credentials/credential-source.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

const users = { me: "pw" };
const password: Credentials = { kind: "password", username: "me", password: "pw" };
const bytes = randomBytes(1_500_000);
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };

async function* content(): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function setUp(
  auth: RegistryAuth,
  credentials: Credentials | undefined,
): Promise<{ registry: RunningRegistry; client: RegistryClient }> {
  const registry = await startRegistry({ store: new MemoryStore(), auth });
  const client = createRegistryClient({
    credentials: { find: async () => credentials },
    env: {},
    retry: { attempts: 3, baseDelayMs: 1 },
  });
  open.push(registry, client);
  return { registry, client };
}

const tokens = (registry: RunningRegistry): number =>
  registry.requests.filter((r) => r.path.startsWith("/token")).length;
const refused = (registry: RunningRegistry): number =>
  registry.requests.filter((r) => r.status === 401).length;

describe("logging in", () => {
  const ways: [string, RegistryAuth, Credentials][] = [
    ["with Basic", { kind: "basic", users }, password],
    ["with a token for a password", { kind: "bearer", users }, password],
    [
      "with a token for a refresh token",
      { kind: "bearer", users, refreshTokens: { r1: "me" } },
      { kind: "identity-token", token: "r1" },
    ],
  ];
  it.each(ways)("%s pushes and pulls", async (_, auth, credentials) => {
    const { registry, client } = await setUp(auth, credentials);
    const repository = client.repository(`${registry.host}/app`);
    await repository.write(content, { expected: blob });
    expect((await readAll(repository.read(blob), 2_000_000)).equals(bytes)).toBe(true);
  });

  it("pulls anonymously where that is allowed", async () => {
    const auth = { kind: "bearer", users, anonymousPull: true } as const;
    const { registry, client } = await setUp(auth, undefined);
    const repository = client.repository(`${registry.host}/app`);
    expect(await repository.has(blob)).toBe(false);
    await expect(repository.write(content, { expected: blob })).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
    await expect(repository.write(content, { expected: blob })).rejects.toThrow(
      `docker login ${registry.host}`,
    );
  });

  it("with a wrong password says so and does not try for ever", async () => {
    for (const kind of ["basic", "bearer"] as const) {
      const { registry, client } = await setUp({ kind, users }, { ...password, password: "secret-typo" });
      const error: unknown = await client
        .repository(`${registry.host}/app`)
        .has(blob)
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "UNAUTHORIZED" });
      expect(String(error)).not.toContain("secret-typo");
      expect(registry.requests.length).toBeLessThanOrEqual(4);
    }
  });

  it("asks for one token though many requests begin at once", async () => {
    const { registry, client } = await setUp({ kind: "bearer", users }, password);
    const repository = client.repository(`${registry.host}/app`);
    await Promise.all(Array.from({ length: 20 }, () => repository.has(blob)));
    expect(tokens(registry)).toBe(1);
  });

  it("kaniko #245: renews a token that ends during a long build", async () => {
    const auth = { kind: "bearer", users, tokenLifetimeSeconds: 0.05 } as const;
    const { registry, client } = await setUp(auth, password);
    const repository = client.repository(`${registry.host}/app`);
    const slowly = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1_200_000);
      const before = performance.now();
      while (performance.now() < before + 80) await new Promise((resolve) => setTimeout(resolve, 5));
      yield bytes.subarray(1_200_000);
    };
    await repository.write(slowly, { expected: blob });
    expect(await repository.has(blob)).toBe(true);
    expect(tokens(registry)).toBeGreaterThan(1);
  });

  it("renews once when the registry ends a token early", async () => {
    const { registry, client } = await setUp({ kind: "bearer", users }, password);
    const repository = client.repository(`${registry.host}/app`);
    await repository.has(blob);
    const headers = { "www-authenticate": `Bearer realm="${registry.url}/token",service="tsbuild"` };
    registry.faults.add({ method: "HEAD", fault: { kind: "status", status: 401, headers } });
    expect(await repository.has(blob)).toBe(false);
    expect(tokens(registry)).toBe(2);
  });

  it("gives up when every answer is 401 with another scope", async () => {
    const { registry, client } = await setUp({ kind: "bearer", users }, password);
    for (let n = 0; n < 50; n += 1) {
      const headers = {
        "www-authenticate": `Bearer realm="${registry.url}/token",scope="repository:other${n}:pull"`,
      };
      registry.faults.add({ path: /^\/v2\//, fault: { kind: "status", status: 401, headers } });
    }
    await expect(client.repository(`${registry.host}/app`).has(blob)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
    expect(registry.requests.length).toBeLessThanOrEqual(4);
  });

  it("mounts with rights on both sides, and uploads without those on the other", async () => {
    const allow = (user: string | undefined, repository: string): boolean =>
      user === "me" && repository !== "secret";
    const { registry, client } = await setUp(
      { kind: "bearer", users: { ...users, boss: "b" }, allow: (u, r) => u === "boss" || allow(u, r) },
      password,
    );
    const repository = client.repository(`${registry.host}/app`);
    await repository.write(content, { expected: blob });
    expect(await client.repository(`${registry.host}/second`).mount(blob, repository)).toBe(true);
    expect(
      await client
        .repository(`${registry.host}/third`)
        .mount(blob, client.repository(`${registry.host}/secret`)),
    ).toBe(false);
    expect(refused(registry)).toBeLessThanOrEqual(3);
  });

  it("retries a token server that fails for a moment", async () => {
    const { registry, client } = await setUp({ kind: "bearer", users }, password);
    registry.faults.add({ path: /^\/token/, fault: { kind: "status", status: 503 } });
    expect(await client.repository(`${registry.host}/app`).has(blob)).toBe(false);
  });
});
