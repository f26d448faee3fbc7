import { randomBytes } from "node:crypto";
import type { Change } from "@tsbuild/layer";
import { startRegistry } from "@tsbuild/registry";
import { copy, openLocalStore } from "@tsbuild/store";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BuildError } from "./build-error.ts";
import { openScene, type Scene } from "./scene.fixture.ts";

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.[Symbol.asyncDispose]();
  scene = undefined;
});

async function open(): Promise<Scene> {
  scene = await openScene();
  return scene;
}

const attributes = { mode: 0o755, uid: 0, gid: 0, mtimeSec: 1, mtimeNsec: 0 };
const passwd = "root:x:0:0::/root:/bin/sh\napp:x:1234:99::/home/app:/bin/sh\n";
const base: Change[] = [
  { kind: "put", entry: { path: "etc", kind: "directory", ...attributes } },
  {
    kind: "put",
    entry: {
      path: "etc/passwd",
      kind: "file",
      ...attributes,
      size: passwd.length,
      content: { kind: "bytes", bytes: Buffer.from(passwd) },
    },
  },
];

const push = (s: Scene, name: string) => ({
  tags: [`${s.registry.host}/${name}`],
  outputs: [{ type: "image", push: true } as const],
});
const cachedSteps = (events: { kind: string }[]) =>
  events.filter((event) => event.kind === "step-cached").length;
const blobReads = (s: Scene, since: number) =>
  s.registry.requests.slice(since).filter(({ method, path }) => method === "GET" && path.includes("/blobs/"));

describe("build", () => {
  it("builds on a base, pushes, and mounts the base's layers instead of moving them", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    s.write({ "a.txt": "a" });
    const before = s.registry.requests.length;
    const result = await s.build(`FROM ${name}\nCOPY --chown=app a.txt /srv/`, push(s, "app:1"));
    const uploads = s.registry.requests.slice(before).filter(({ method }) => method === "POST");
    expect(uploads.filter(({ path }) => path.includes("mount="))).toHaveLength(1);
    const there = await s.registries.repository(`${s.registry.host}/app`).resolve("1");
    expect(there?.digest).toBe(result.digest);
    const config = await s.config(result);
    expect(config.history?.map((entry) => entry.created_by)).toEqual([
      undefined,
      "COPY --chown=app a.txt /srv/ # buildkit",
    ]);
  });

  it("builds again from the cache: every step a hit, nothing downloaded, the same digest", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    s.write({ "a.txt": "a" });
    const dockerfile = `FROM ${name}\nWORKDIR /x\nCOPY a.txt .\nENV A=1`;
    const first = await s.build(dockerfile, push(s, "app:1"));
    const before = s.registry.requests.length;
    const second = await s.build(dockerfile, push(s, "app:1"));
    expect(second.digest).toBe(first.digest);
    expect(cachedSteps(second.events)).toBe(3);
    expect(blobReads(s, before)).toEqual([]);
    expect(
      s.registry.requests.slice(before).filter(({ method }) => method === "POST" || method === "PUT"),
    ).toEqual([]);
  });

  it("gives the same digest with another store when SOURCE_DATE_EPOCH is set", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    s.write({ "d/a.txt": "a" });
    const dockerfile = `FROM ${name}\nWORKDIR /x\nCOPY d /y/d/\nCOPY <<E /z\nhi\nE`;
    const first = await s.build(dockerfile, { sourceDateEpoch: 1_700_000_000 });
    await s.store[Symbol.asyncDispose]();
    rmSync(s.store.root, { recursive: true });
    s.store = await openLocalStore(s.store.root);
    const second = await s.build(dockerfile, { sourceDateEpoch: 1_700_000_000 });
    expect(second.digest).toBe(first.digest);
    expect((await s.config(second)).created).toBe("2023-11-14T22:13:20Z");
  });

  it("gives everything it copies the time of SOURCE_DATE_EPOCH, so that a new checkout gives the same digest", async () => {
    const s = await open();
    s.write({ "d/a.txt": "a", "b.txt": "b" });
    const dockerfile = "FROM scratch\nCOPY . /x/";
    const first = await s.build(dockerfile, { sourceDateEpoch: 1_700_000_000, noCache: true });
    utimesSync(join(s.context, "d/a.txt"), 1, 1);
    utimesSync(join(s.context, "d"), 2, 2);
    const second = await s.build(dockerfile, { sourceDateEpoch: 1_700_000_000, noCache: true });
    expect(second.digest).toBe(first.digest);
    await s.build(dockerfile, {
      sourceDateEpoch: 1_700_000_000,
      outputs: [{ type: "local", dest: join(s.folder, "out") }],
    });
    expect(statSync(join(s.folder, "out/x/d/a.txt")).mtimeMs).toBe(1_700_000_000_000);
  });

  it("misses when a file's content, mode or name changes, and not when only its time does", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const dockerfile = "FROM scratch\nCOPY *.txt /d/";
    const misses = async () => {
      const { events } = await s.build(dockerfile);
      return cachedSteps(events) === 0;
    };
    expect(await misses()).toBe(true);
    utimesSync(join(s.context, "a.txt"), 1, 1);
    expect(await misses()).toBe(false);
    s.write({ "a.txt": "b" });
    expect(await misses()).toBe(true);
    s.write({ "b.txt": "b" });
    rmSync(join(s.context, "a.txt"));
    expect(await misses()).toBe(true);
  });

  it("finds what is copied from a changed stage by its content", async () => {
    const s = await open();
    s.write({ "a.txt": "a", "b.txt": "1" });
    const dockerfile = "FROM scratch AS one\nCOPY . /\nFROM scratch\nCOPY --from=one /a.txt /";
    const first = await s.build(dockerfile);
    s.write({ "b.txt": "2" });
    const second = await s.build(dockerfile);
    expect(second.digest).toBe(first.digest);
    expect(cachedSteps(second.events)).toBe(1);
  });

  it("does not solve a stage whose copy is in the cache", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const dockerfile = "FROM scratch AS one\nCOPY a.txt /\nFROM scratch\nCOPY --from=one /a.txt /";
    await s.build(dockerfile);
    const { events } = await s.build(dockerfile);
    const names = events.flatMap((event) => (event.kind === "step-started" ? [event.name] : []));
    expect(names.filter((name) => name.startsWith("[one"))).toEqual([]);
  });

  it("ignores the cache when it is told to", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    await s.build("FROM scratch\nCOPY a.txt /");
    const { events } = await s.build("FROM scratch\nCOPY a.txt /", { noCache: true });
    expect(cachedSteps(events)).toBe(0);
  });

  it("makes a layer again when its blob has gone from the store or is damaged", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const first = await s.build("FROM scratch\nCOPY a.txt /", { sourceDateEpoch: 1 });
    const [layer] = await s.layers(first);
    if (layer === undefined) throw new Error("no layer");
    rmSync(s.store.blobPath(layer.digest));
    const second = await s.build("FROM scratch\nCOPY a.txt /", { sourceDateEpoch: 1 });
    expect(second.digest).toBe(first.digest);
    expect(existsSync(s.store.blobPath(layer.digest))).toBe(true);
  });

  it("unpacks archives by their content, and copies what only looks like one", async () => {
    const s = await open();
    s.write({ "fake.tar.gz": "no archive", "empty.tar": "" });
    const result = await s.build("FROM scratch\nADD fake.tar.gz empty.tar /d/", {
      outputs: [{ type: "local", dest: join(s.folder, "out") }],
    });
    expect(readdirSync(join(s.folder, "out/d")).sort()).toEqual(["empty.tar", "fake.tar.gz"]);
    expect(result.names).toEqual([]);
  });

  it("does not take a damaged archive for a plain file", async () => {
    const s = await open();
    s.write({ name: "text" });
    execFileSync("tar", ["-czf", join(s.folder, "whole.tgz"), "name"], { cwd: s.context });
    const tar = readFileSync(join(s.folder, "whole.tgz"));
    writeFileSync(join(s.context, "a.tgz"), Buffer.concat([tar, Buffer.from("garbage")]));
    writeFileSync(join(s.context, "b.tgz"), tar.subarray(0, -9));
    await expect(s.build("FROM scratch\nADD a.tgz /")).rejects.toThrow(
      'Cannot unpack "a.tgz": Cannot decompress gzip',
    );
    await expect(s.build("FROM scratch\nADD b.tgz /")).rejects.toThrow("Cannot decompress gzip");
  });

  it("writes the final files into a folder and as a tar", async () => {
    const s = await open();
    s.write({ "a/b.txt": "b" });
    await s.build("FROM scratch\nCOPY . /x/", {
      outputs: [
        { type: "local", dest: join(s.folder, "out") },
        { type: "tar", dest: join(s.folder, "out.tar") },
        { type: "oci", dest: join(s.folder, "layout"), tar: false },
        { type: "docker", dest: join(s.folder, "docker.tar") },
      ],
    });
    expect(readFileSync(join(s.folder, "out/x/a/b.txt"), "utf8")).toBe("b");
    expect(readFileSync(join(s.folder, "out.tar")).includes("x/a/b.txt")).toBe(true);
    expect(existsSync(join(s.folder, "layout/index.json"))).toBe(true);
    expect(readFileSync(join(s.folder, "docker.tar")).includes("manifest.json")).toBe(true);
  });

  it("makes an index of several platforms", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const platforms = [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ];
    const result = await s.build("FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY a.txt /", {
      platforms,
      ...push(s, "multi:1"),
    });
    expect(result.images.map((image) => image.platform.architecture)).toEqual(["amd64", "arm64"]);
    expect(result.root.mediaType).toContain("index");
  });

  it("has ended everything when one platform of several fails", async () => {
    const s = await open();
    for (let n = 0; n < 40; n += 1) s.write({ [`d/${n}`]: "x".repeat(50_000) });
    const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
    const dockerfile =
      "FROM scratch\nARG TARGETARCH\nCOPY d/0 /\nCOPY d/1$TARGETARCH* d /x/\nCOPY ${TARGETARCH#amd64} /y";
    const events: string[] = [];
    const building = s.build(dockerfile, { platforms, report: ({ kind }) => void events.push(kind) });
    await expect(building).rejects.toThrow(/arm64/);
    expect(events.at(-1)).toBe("build-done");
    const count = events.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toHaveLength(count);
    expect(readdirSync(join(s.store.root, "tmp")).length).toBeLessThanOrEqual(1);
  });

  it("stops when the signal aborts, with its reason", async () => {
    const s = await open();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(s.build("FROM scratch\nCOPY . /", { signal })).rejects.toThrow("enough");
  });
});

describe("a base that two registries have", () => {
  it("is read from the one that answers", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    const other = await startRegistry({ store: join(s.folder, "other") });
    const from = s.registries.repository(name);
    const root = await from.resolve("1");
    if (root === undefined) throw new Error("no base");
    const to = s.registries.repository(`${other.host}/base`);
    await copy(root, from, to);
    await to.tag("1", root);
    await s.build(`FROM ${name}\nENV A=1`);
    await s.build(`FROM ${other.host}/base:1\nENV A=1`);
    await other.close();
    s.write({ "a.txt": "a" });
    const { images } = await s.build(`FROM ${name}\nCOPY --chown=app a.txt /`);
    expect(images).toHaveLength(1);
  });
});

describe("a push", () => {
  it("that is cut off in the middle of a layer is tried again", async () => {
    const s = await open();
    writeFileSync(join(s.context, "big"), randomBytes(3 << 20));
    const dockerfile = "FROM scratch\nCOPY big /";
    await s.build(dockerfile);
    s.registry.faults.add({
      method: "PATCH",
      times: 1,
      fault: { kind: "disconnect-request", afterBytes: 100_000 },
    });
    const result = await s.build(dockerfile, push(s, "app:1"));
    const patches = s.registry.requests.filter(({ method }) => method === "PATCH");
    expect(patches.length).toBeGreaterThan(1);
    expect((await s.registries.repository(`${s.registry.host}/app`).resolve("1"))?.digest).toBe(
      result.digest,
    );
  });
});

describe("a store in the context", () => {
  it("is warned of, unless it is ignored", async () => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const store = await openLocalStore(join(s.context, "cache"));
    const warnings = async () => {
      const { events } = await s.build("FROM scratch\nCOPY a.txt /", { store });
      return events.flatMap((event) => (event.kind === "warning" ? [event.code] : []));
    };
    expect(await warnings()).toEqual(["StoreInContext"]);
    s.write({ ".dockerignore": "cache\n" });
    expect(await warnings()).toEqual([]);
    await store[Symbol.asyncDispose]();
  });
});

describe("build errors", () => {
  it.each([
    ["FROM scratch\nCOPY nope /", /nope.*not found/s, 2],
    ["FROM scratch\nCOPY --chown=nobody a.txt /", /nobody/, 2],
    ["FROM scratch\nUSER ghost\nWORKDIR /x", /ghost/, 3],
    ["FROM scratch\nCOPY a.txt /x\nWORKDIR /x", /not a folder/, 3],
    ["FROM scratch\nFRMO x", /FROM/, 2],
  ])("of %j point at the line", async (dockerfile, message, line) => {
    const s = await open();
    s.write({ "a.txt": "a" });
    const error = await s.build(dockerfile).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BuildError);
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      location: { span: { start: { line } } },
    });
  });

  it("of an image that does not exist name it and the registry", async () => {
    const s = await open();
    const error = await s.build(`FROM ${s.registry.host}/none:1`).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "IMAGE_UNAVAILABLE",
      message: expect.stringContaining(`${s.registry.host}/none:1`),
    });
  });

  it("of a layer that is not what the image's config says refuse the image", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    s.registry.faults.add({
      method: "GET",
      path: /\/blobs\//,
      skip: 1,
      times: 9,
      fault: { kind: "corrupt", offset: 20 },
    });
    s.write({ "a.txt": "a" });
    await expect(s.build(`FROM ${name}\nCOPY a.txt /`)).rejects.toThrow(
      /Cannot read blob sha256:[0-9a-f]{64}: its bytes have the digest/,
    );
  });
});
