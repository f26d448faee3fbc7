import { MemoryStore } from "@tsbuild/store";
import { afterEach, describe, expect, it } from "vitest";
import { startRegistry, type RunningRegistry } from "../start-registry.ts";
import type { RegistryAuth } from "./registry-auth.ts";

const open: RunningRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

async function start(auth: RegistryAuth): Promise<RunningRegistry> {
  const registry = await startRegistry({ store: new MemoryStore(), auth });
  open.push(registry);
  return registry;
}

const basic = (pair: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
});
const users = { me: "pw" };

async function statusOf(
  registry: RunningRegistry,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<number> {
  return (await fetch(registry.url + path, { headers, method })).status;
}

async function token(
  registry: RunningRegistry,
  scope: string,
  headers: Record<string, string> = basic("me:pw"),
): Promise<Record<string, string>> {
  const response = await fetch(`${registry.url}/token?scope=${scope}`, { headers });
  const { token: value } = (await response.json()) as { token: string };
  return { authorization: `Bearer ${value}` };
}

describe("Basic", () => {
  it("lets users in, and nobody else", async () => {
    const registry = await start({ kind: "basic", users });
    expect(await statusOf(registry, "/v2/", basic("me:pw"))).toBe(200);
    for (const pair of ["me:wrong", "me:", "other:pw", "__proto__:x", "constructor:", ":"]) {
      expect(await statusOf(registry, "/v2/", basic(pair))).toBe(401);
    }
    const challenged = await fetch(`${registry.url}/v2/`);
    expect(challenged.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  });

  it("tells a user without the right 403, and lets anybody pull where that is allowed", async () => {
    const registry = await start({
      kind: "basic",
      users,
      anonymousPull: true,
      allow: (_, repository) => repository === "app",
    });
    expect(await statusOf(registry, "/v2/app/tags/list")).toBe(404);
    expect(await statusOf(registry, "/v2/app/blobs/uploads/", {}, "POST")).toBe(401);
    expect(await statusOf(registry, "/v2/other/blobs/uploads/", basic("me:pw"), "POST")).toBe(403);
  });
});

describe("Bearer", () => {
  it("names the scope that is needed, and takes a token for it", async () => {
    const registry = await start({ kind: "bearer", users });
    const challenged = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const header = `Bearer realm="${registry.url}/token",service="tsbuild",scope="repository:app:pull,push"`;
    expect(challenged.headers.get("www-authenticate")).toBe(header);
    const push = await token(registry, "repository:app:pull,push");
    expect(await statusOf(registry, "/v2/app/blobs/uploads/", push, "POST")).toBe(202);
  });

  it("does not take a token for another repository or action, a forged or an old one", async () => {
    const registry = await start({ kind: "bearer", users, tokenLifetimeSeconds: 0.02 });
    const pull = await token(registry, "repository:app:pull");
    expect(await statusOf(registry, "/v2/other/tags/list", pull)).toBe(401);
    expect(await statusOf(registry, "/v2/app/blobs/uploads/", pull, "POST")).toBe(401);
    const forged = { authorization: `${pull["authorization"]?.slice(0, -2)}xx` };
    expect(await statusOf(registry, "/v2/app/tags/list", forged)).toBe(401);
    while ((await statusOf(registry, "/v2/app/tags/list", pull)) !== 401)
      await new Promise((resolve) => setImmediate(resolve));
  });

  it("gives strangers tokens for nothing, or for pulling", async () => {
    const closed = await start({ kind: "bearer", users });
    expect(await statusOf(closed, "/v2/app/tags/list", await token(closed, "repository:app:pull", {}))).toBe(
      401,
    );
    const opened = await start({ kind: "bearer", users, anonymousPull: true });
    expect(
      await statusOf(opened, "/v2/app/tags/list", await token(opened, "repository:app:pull,push", {})),
    ).toBe(404);
    expect(await statusOf(opened, "/token", basic("me:no"))).toBe(401);
  });

  it("knows the grants of OAuth", async () => {
    const registry = await start({ kind: "bearer", users, refreshTokens: { r1: "me" } });
    const post = (form: Record<string, string>): Promise<Response> =>
      fetch(`${registry.url}/token`, {
        method: "POST",
        body: new URLSearchParams({ scope: "repository:a:pull", ...form }),
      });
    expect((await post({ grant_type: "refresh_token", refresh_token: "r1" })).status).toBe(200);
    expect((await post({ grant_type: "refresh_token", refresh_token: "__proto__" })).status).toBe(401);
    expect((await post({ grant_type: "password", username: "me", password: "pw" })).status).toBe(200);
    expect((await post({ grant_type: "password", username: "me", password: "no" })).status).toBe(401);
  });
});
