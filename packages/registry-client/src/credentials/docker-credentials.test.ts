import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialFiles, dockerCredentials } from "./docker-credentials.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tsbuild-credentials-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

async function put(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text);
  await chmod(join(home, path), mode);
}

function auths(user: string, host = "r.example"): string {
  return JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${user}:pw`).toString("base64") } } });
}

async function helper(name: string, script: string): Promise<void> {
  await put(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`, 0o755);
}

function find(env: Record<string, string> = {}, registry = "r.example"): Promise<unknown> {
  const path = `${join(home, "bin")}:/usr/bin:/bin`;
  return dockerCredentials({ env: { HOME: home, PATH: path, ...env } }).find(registry, "app");
}

describe("dockerCredentials", () => {
  it("finds nobody where nothing is", async () => {
    expect(await find()).toBeUndefined();
  });

  it("asks the places in order", async () => {
    await put(".config/containers/auth.json", auths("config-home"));
    expect(await find()).toMatchObject({ username: "config-home" });
    await put("run/containers/auth.json", auths("runtime"));
    expect(await find({ XDG_RUNTIME_DIR: join(home, "run") })).toMatchObject({ username: "runtime" });
    await put(".docker/config.json", auths("docker"));
    expect(await find({ XDG_RUNTIME_DIR: join(home, "run") })).toMatchObject({ username: "docker" });
    await put("other/config.json", auths("docker-config"));
    const env = { DOCKER_CONFIG: join(home, "other") };
    expect(await find(env)).toMatchObject({ username: "docker-config" });
    await put("file.json", auths("auth-file"));
    expect(await find({ ...env, REGISTRY_AUTH_FILE: join(home, "file.json") })).toMatchObject({
      username: "auth-file",
    });
    expect(await find({ ...env, DOCKER_AUTH_CONFIG: auths("inline") })).toMatchObject({ username: "inline" });
  });

  it("goes on to the next place when one does not know the registry", async () => {
    await put(".docker/config.json", auths("docker"));
    expect(await find({ DOCKER_AUTH_CONFIG: auths("inline", "other.example") })).toMatchObject({
      username: "docker",
    });
  });

  it("knows kaniko's place, last", () => {
    expect(credentialFiles({ HOME: "/h" }).at(-1)).toBe("/kaniko/.docker/config.json");
  });

  it("complains about a broken file by name", async () => {
    await put(".docker/config.json", "{broken");
    await expect(find()).rejects.toMatchObject({ code: "CREDENTIALS" });
    await expect(find()).rejects.toThrow(join(home, ".docker/config.json"));
  });
});

describe("credential helpers", () => {
  it("get the key on standard input and answer with JSON", async () => {
    await put(".docker/config.json", '{"credHelpers":{"r.example":"good"}}');
    await helper("good", 'read server; echo "{\\"Username\\":\\"$1-$server\\",\\"Secret\\":\\"pw\\"}"');
    expect(await find()).toEqual({ kind: "password", username: "get-r.example", password: "pw" });
  });

  it("give an identity token by the user name <token>", async () => {
    await put(".docker/config.json", '{"credsStore":"tok"}');
    await helper("tok", `echo '{"Username":"<token>","Secret":"refresh"}'`);
    expect(await find()).toEqual({ kind: "identity-token", token: "refresh" });
  });

  it("may have nothing, then auths count", async () => {
    const config = { ...(JSON.parse(auths("file")) as object), credsStore: "empty" };
    await put(".docker/config.json", JSON.stringify(config));
    await helper("empty", 'echo "credentials not found in native keychain"; exit 1');
    expect(await find()).toMatchObject({ username: "file" });
  });

  it("are not run before a registry asks for credentials, and only for its host", async () => {
    await put(".docker/config.json", '{"credHelpers":{"r.example":"bad"}}');
    expect(await find({}, "other.example")).toBeUndefined();
  });

  it.each(["../../evil", "x;id", "/bin/sh", "a b", "-x", "a..b", "$(id)"])(
    "with the name %j are refused",
    async (name) => {
      await put(".docker/config.json", JSON.stringify({ credHelpers: { "r.example": name } }));
      await expect(find()).rejects.toMatchObject({ code: "CREDENTIALS" });
    },
  );

  it("that are missing, fail or talk nonsense are an error which does not quote their output", async () => {
    await put(".docker/config.json", '{"credsStore":"bad"}');
    await expect(find()).rejects.toThrow("not on the PATH");
    await helper("bad", 'echo secret-output; printf "no\\033[2J keychain" >&2; exit 3');
    await expect(find()).rejects.toThrow("no[2J keychain");
    await expect(find()).rejects.not.toThrow("secret-output");
    await helper("bad", "echo not-json-secret");
    await expect(find()).rejects.toThrow("not JSON");
    await expect(find()).rejects.not.toThrow("not-json-secret");
  });
});
