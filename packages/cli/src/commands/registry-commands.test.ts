// pull, push and registry, against the embedded registry.
import { createRegistryClient, type Repository } from "@tsbuild/registry-client";
import { startRegistry, type RunningRegistry } from "@tsbuild/registry";
import { MemoryStore, openLocalStore } from "@tsbuild/store";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../run-cli.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { writeSmallImage, writeSmallIndex } from "../testing/small-image.ts";
import { parseListen } from "./registry.ts";

const amd = { os: "linux", architecture: "amd64" };
const arm = { os: "linux", architecture: "arm64" };

let folder: string;
let registry: RunningRegistry;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
  registry = await startRegistry({ store: new MemoryStore() });
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]) {
  const io = fakeIo({ cwd: folder, env: { TSBUILD_STORE: "store", HOME: folder, DOCKER_CONFIG: folder } });
  const status = await runCli(args, io);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

async function withRepository<T>(name: string, work: (repository: Repository) => Promise<T>): Promise<T> {
  const client = createRegistryClient({ env: { HOME: folder } });
  try {
    return await work(client.repository(`${registry.host}/${name}`));
  } finally {
    await client.close();
  }
}

const uploads = () => registry.requests.filter(({ method }) => method === "PUT" || method === "PATCH");

describe("tsbuild pull", () => {
  it("copies an image, says what it got, and knows when it is up to date", async () => {
    const { root } = await withRepository("app", async (repository) => {
      const image = await writeSmallImage(repository, "app");
      await repository.tag("1", image.root);
      return image;
    });
    const name = `${registry.host}/app:1`;
    const first = await run("pull", "--platform", "linux/amd64", name);
    expect(first).toMatchObject({ status: 0 });
    expect(first.out).toBe(`Digest: ${root.digest}\nStatus: Downloaded newer image for ${name}\n${name}\n`);
    expect(first.err).toMatch(
      new RegExp(`^#1 pull ${name} for linux/amd64\n#1 ${root.digest.slice(0, 7)}`, "m"),
    );
    expect((await run("pull", "--platform", "linux/amd64", name)).out).toContain("Image is up to date");
    expect(
      await run("pull", "-q", "--platform", "linux/amd64", `${registry.host}/app@${root.digest}`),
    ).toEqual({
      status: 0,
      out: `${registry.host}/app@${root.digest}\n`,
      err: "",
    });
  });

  it("copies of an index the image for one platform, and a push from here still has them all", async () => {
    const second = await withRepository("both", async (repository) => {
      const first = await writeSmallImage(repository, "amd", { platform: amd });
      const second = await writeSmallImage(repository, "arm", { platform: arm });
      const index = await writeSmallIndex(repository, [
        { root: first.root, platform: amd },
        { root: second.root, platform: arm },
      ]);
      await repository.tag("latest", index);
      return second;
    });
    const source = `${registry.host}/both`;
    expect((await run("pull", "-q", "--platform", "linux/amd64", source)).status).toBe(0);
    const store = await openLocalStore(join(folder, "store"));
    expect(await store.has(second.layer)).toBe(false);
    await store[Symbol.asyncDispose]();

    const inspected = await run("inspect", "--platform", "linux/arm64", source);
    expect(JSON.parse(inspected.out)).toMatchObject([{ Id: second.config.digest }]);
    await run("tag", source, `${registry.host}/copy:2`);
    const before = uploads().length;
    const pushed = await run("push", `${registry.host}/copy:2`);
    expect(pushed).toMatchObject({ status: 0 });
    expect(pushed.out).toMatch(/^2: digest: sha256:[a-f0-9]{64} size: \d+\n$/);
    await withRepository("copy", async (repository) => {
      expect(await repository.has(second.layer)).toBe(true);
      expect(await repository.listTags()).toEqual(["2"]);
    });
    // Blobs were mounted from where they came from: only three manifests and a tag were sent.
    expect(
      uploads()
        .slice(before)
        .filter(({ path }) => !path.includes("/manifests/")),
    ).toEqual([]);
  });

  it("fails for an image and a platform that are not there", async () => {
    const missing = await run("pull", "-q", `${registry.host}/nothing`);
    expect(missing).toMatchObject({ status: 1, out: "" });
    expect(missing.err).toContain("the registry does not have it");
    expect((await run("pull", "-q", "--platform", "linux/a/b/c/d", "x")).status).toBe(2);
  });
});

describe("tsbuild push", () => {
  async function tagLocally(...names: string[]) {
    const store = await openLocalStore(join(folder, "store"));
    const image = await writeSmallImage(store, "local");
    for (const name of names) await store.tags.tag(`${registry.host}/${name}`, image.root);
    await store[Symbol.asyncDispose]();
    return image;
  }

  it("sends an image once, then nothing", async () => {
    const { root } = await tagLocally("app:1");
    expect(await run("push", "-q", `${registry.host}/app:1`)).toEqual({
      status: 0,
      out: `${registry.host}/app:1\n`,
      err: "",
    });
    const sent = uploads().length;
    expect((await run("push", `${registry.host}/app:1`)).out).toBe(
      `1: digest: ${root.digest} size: ${String(root.size)}\n`,
    );
    expect(uploads()).toHaveLength(sent);
  });

  it("sends every tag of a repository with --all-tags", async () => {
    await tagLocally("app:1", "app:2", "other:1");
    expect((await run("push", "-q", "-a", `${registry.host}/app`)).out.split("\n")).toHaveLength(3);
    expect(await withRepository("app", (repository) => repository.listTags())).toEqual(["1", "2"]);
    expect((await run("push", "-a", `${registry.host}/none`)).err).toContain("has no tag of it");
  });

  it("fails for an image that is not in the store", async () => {
    const { status, err } = await run("push", `${registry.host}/app:1`);
    expect(status).toBe(1);
    expect(err).toContain("it is not in the local store");
  });
});

describe("tsbuild save", () => {
  it("fetches what an image names but only a registry has", async () => {
    const image = await withRepository("base", (repository) => writeSmallImage(repository, "base"));
    const store = await openLocalStore(join(folder, "store"));
    await writeSmallImage(store, "base", { withoutLayer: true });
    await store.tags.tag("docker.io/library/app:1", image.root);
    await store.elsewhere.save(image.layer, { registry: registry.host, repository: "base" });
    await store[Symbol.asyncDispose]();
    expect(await run("save", "-o", "a.tar", "app:1")).toMatchObject({ status: 0, err: "" });
    expect((await run("load", "-q", "--store", "second", "-i", "a.tar")).out).toBe("Loaded image: app:1\n");
  });
});

describe("tsbuild registry", () => {
  it("serves until it is interrupted, and that is a good end", async () => {
    const io = fakeIo({ cwd: folder, env: { HOME: folder } });
    const ended = runCli(["registry", "--listen", "127.0.0.1:0", "--store", "reg"], io);
    const url = await new Promise<string>((resolve) => {
      const look = () => {
        const found = /http:\S+/.exec(io.stdout.text)?.[0];
        if (found === undefined) setTimeout(look, 5);
        else resolve(found);
      };
      look();
    });
    expect((await fetch(`${url}/v2/`)).status).toBe(200);
    io.controller.abort();
    expect(await ended).toBe(0);
    expect(io.stdout.text).toBe(`registry at ${url} serves ${join(folder, "reg")}\n`);
  });

  it("says why it cannot listen", async () => {
    const { status, err } = await run("registry", "--listen", registry.host, "--store", "reg");
    expect(status).toBe(1);
    expect(err).toContain(`Cannot listen on ${registry.host}`);
  });

  it.each([
    ["127.0.0.1:5000", { host: "127.0.0.1", port: 5000 }],
    [":80", { host: "0.0.0.0", port: 80 }],
    ["80", { host: "127.0.0.1", port: 80 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["localhost:1", { host: "localhost", port: 1 }],
  ])("listens for --listen %s at %j", (text, expected) => {
    expect(parseListen(text)).toEqual(expected);
  });

  it.each(["", "localhost", "a:99999", "a:b", "a:1:2", "http://a:1"])("refuses --listen %j", (text) => {
    expect(() => parseListen(text)).toThrow("HOST:PORT");
  });
});
