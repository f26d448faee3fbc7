// tag, images, rmi, inspect, history, save and load: everything that needs no registry.
import { openLocalStore } from "@tsbuild/store";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../run-cli.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { writeSmallImage, writeSmallIndex, type SmallImage } from "../testing/small-image.ts";

let folder: string;
let app: SmallImage;
let other: SmallImage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
  const store = await openLocalStore(join(folder, "store"));
  app = await writeSmallImage(store, "app", { created: "2026-02-02T00:00:00Z" });
  other = await writeSmallImage(store, "other");
  await store.tags.tag("docker.io/library/app:1", app.root);
  await store.tags.tag("registry.example/team/other:latest", other.root);
  await store[Symbol.asyncDispose]();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(args: string[], settings: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo({ cwd: folder, env: { TSBUILD_STORE: "store", HOME: folder }, ...settings });
  const status = await runCli(args, io);
  return { status, out: io.stdout.text, err: io.stderr.text, bytes: io.stdout.bytes };
}

const short = (image: SmallImage) => image.config.digest.slice(7, 19);

describe("tsbuild images", () => {
  it("lists names in docker's columns, the newest first", async () => {
    const { out } = await run(["images"]);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^REPOSITORY {3,}TAG {3,}IMAGE ID {3,}CREATED {3,}SIZE$/);
    expect(lines[1]).toMatch(new RegExp(`^app {3,}1 {3,}${short(app)} {3}.+ ago {3,}\\d+B$`));
    expect(lines[2]).toMatch(new RegExp(`^registry.example/team/other {3}latest {3}${short(other)} `));
    expect(lines).toHaveLength(3);
  });

  it("filters by repository and tag, and prints IDs alone", async () => {
    expect((await run(["images", "-q", "app"])).out).toBe(`${short(app)}\n`);
    expect((await run(["images", "-q", "--no-trunc", "docker.io/library/app:1"])).out).toBe(
      `${app.config.digest}\n`,
    );
    expect((await run(["images", "-q", "app:2"])).out).toBe("");
  });

  it("prints one JSON object a line", async () => {
    const { out } = await run(["images", "--format", "json", "app"]);
    expect(JSON.parse(out)).toMatchObject({
      Repository: "app",
      Tag: "1",
      ID: short(app),
      Digest: app.root.digest,
      CreatedAt: "2026-02-02T00:00:00Z",
      SizeBytes: app.config.size + app.layer.size,
    });
  });
});

describe("tsbuild tag", () => {
  it("finds the source by name, by ID and by digest", async () => {
    for (const [index, source] of ["app:1", short(app), app.config.digest, app.root.digest].entries()) {
      expect(await run(["tag", source, `copy:${String(index)}`])).toMatchObject({
        status: 0,
        out: "",
        err: "",
      });
    }
    expect((await run(["images", "-q", "--no-trunc", "copy"])).out).toBe(`${app.config.digest}\n`);
  });

  it("says what may have been meant when there is no such image", async () => {
    const { status, err } = await run(["tag", "apq:1", "x"]);
    expect(status).toBe(1);
    expect(err).toBe("ERROR: Cannot find image apq:1: it is not in the local store; did you mean app:1?\n");
    expect((await run(["tag", "busybox", "x"])).err).toContain('"tsbuild pull busybox" fetches it');
  });

  it("refuses wrong names as wrong usage", async () => {
    expect((await run(["tag", "app:1", "UPPER"])).status).toBe(2);
    expect((await run(["tag", "app:1"])).status).toBe(2);
    expect((await run(["tag", "a b", "c"])).status).toBe(2);
  });
});

describe("tsbuild rmi", () => {
  it("removes names, and all names of an ID only with --force", async () => {
    await run(["tag", "app:1", "app:2"]);
    const refused = await run(["rmi", short(app)]);
    expect(refused).toMatchObject({ status: 1, out: "" });
    expect(refused.err).toContain("it has 2 names (app:1, app:2)");
    expect(await run(["rmi", "app:1"])).toMatchObject({ status: 0, out: "Untagged: app:1\n" });
    await run(["tag", "app:2", "app:3"]);
    expect((await run(["rmi", "-f", short(app)])).out).toBe("Untagged: app:2\nUntagged: app:3\n");
  });

  it("goes on after a missing image, and fails in the end unless forced", async () => {
    const some = await run(["rmi", "missing", "app:1"]);
    expect(some).toMatchObject({ status: 1, out: "Untagged: app:1\n" });
    expect(some.err.match(/ERROR/g)).toHaveLength(1);
    expect((await run(["rmi", "-f", "missing"])).status).toBe(0);
  });
});

describe("tsbuild inspect", () => {
  it("prints docker's JSON, and fails after printing what there is", async () => {
    const { status, out, err } = await run(["inspect", "app:1", "missing"]);
    expect(status).toBe(1);
    expect(err).toContain("Cannot find image missing");
    expect(JSON.parse(out)).toMatchObject([
      {
        Id: app.config.digest,
        RepoTags: ["app:1"],
        Architecture: "amd64",
        Os: "linux",
        Config: { Cmd: ["sh"] },
        RootFS: { Type: "layers", Layers: [app.layer.digest] },
        Descriptor: { digest: app.root.digest },
      },
    ]);
    expect((await run(["inspect", "--format", "{{.Id}}", "app:1"])).status).toBe(2);
  });

  it("chooses the image of an index by --platform", async () => {
    const store = await openLocalStore(join(folder, "store"));
    const arm = { os: "linux", architecture: "arm64" };
    const second = await writeSmallImage(store, "arm", { platform: arm });
    const amd = { os: "linux", architecture: "amd64" };
    const root = await writeSmallIndex(store, [
      { root: app.root, platform: amd },
      { root: second.root, platform: arm },
    ]);
    await store.tags.tag("docker.io/library/both:latest", root);
    await store[Symbol.asyncDispose]();
    expect(JSON.parse((await run(["inspect", "--platform", "linux/arm64", "both"])).out)).toMatchObject([
      { Id: second.config.digest, Descriptor: { digest: root.digest } },
    ]);
    const missing = await run(["inspect", "--platform", "linux/s390x", "both"]);
    expect(missing).toMatchObject({ status: 1, out: "[]\n" });
    expect(missing.err).toContain("it has linux/amd64, linux/arm64");
    expect((await run(["images", "-q", short(second)])).status).toBe(0);
    await run(["tag", short(second), "by-id"]);
    expect((await run(["images", "--format", "json", "by-id"])).out).toContain(root.digest);
  });
});

describe("tsbuild history", () => {
  it("shows the last step first, with the size of its layer", async () => {
    const { out } = await run(["history", "app:1"]);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^IMAGE {3,}CREATED {3,}CREATED BY {3,}SIZE {3,}COMMENT$/);
    expect(lines[1]).toMatch(
      new RegExp(`^${short(app)} .+ CMD \\["sh"\\] and a text that is much longer th… +0B$`),
    );
    expect(lines[2]).toMatch(/^<missing> .+ COPY a.txt \/a.txt # buildkit +3B +buildkit.dockerfile.v0$/);
    const json = (await run(["history", "--format", "json", "--no-trunc", "app:1"])).out
      .trimEnd()
      .split("\n");
    expect(JSON.parse(json[1] ?? "")).toMatchObject({
      CreatedBy: "COPY a.txt /a.txt # buildkit",
      SizeBytes: 3,
    });
  });
});

describe("tsbuild save and load", () => {
  const empty = { env: { TSBUILD_STORE: "second" } };

  it.each([
    ["docker-archive", "a.tar"],
    ["oci-archive", "a.tar"],
    ["oci-dir", "a"],
  ])("carry images from one store to another as %s", async (format, path) => {
    expect(
      await run(["save", "--format", format, "-o", path, "app:1", "registry.example/team/other"]),
    ).toMatchObject({
      status: 0,
      out: "",
      err: "",
    });
    const loaded = await run(["load", "-i", path], empty);
    expect(loaded.out.split("\n").sort()).toEqual([
      "",
      "Loaded image: app:1",
      "Loaded image: registry.example/team/other:latest",
    ]);
    expect((await run(["images", "-q", "--no-trunc"], empty)).out).toBe(
      `${app.config.digest}\n${other.config.digest}\n`,
    );
  });

  it("carry them through a pipe", async () => {
    const { bytes } = await run(["save", "app:1"]);
    const loaded = await run(["load", "-q"], { ...empty, stdin: bytes });
    expect(loaded).toMatchObject({ status: 0, out: "Loaded image: app:1\n", err: "" });
  });

  it("take a pipe that is named like a file", async () => {
    const { bytes } = await run(["save", "app:1"]);
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const [loaded] = await Promise.all([run(["load", "-q", "-i", pipe], empty), writeFile(pipe, bytes)]);
    expect(loaded).toMatchObject({ status: 0, out: "Loaded image: app:1\n" });
  });

  it("keep an image without a name findable by its ID", async () => {
    await run(["save", "--format", "oci-archive", "-o", "a.tar", "app:1"]);
    const store = await openLocalStore(join(folder, "store"));
    await store.tags.untag("docker.io/library/app:1");
    await store.tags.tag(app.root.digest, app.root);
    await store[Symbol.asyncDispose]();
    expect((await run(["images"])).out).toMatch(new RegExp(`\n<none> +<none> +${short(app)} `));
    await run(["save", "-o", "b.tar", short(app)]);
    expect((await run(["load", "-q", "-i", "b.tar"], empty)).out).toBe(
      `Loaded image ID: ${app.root.digest}\n`,
    );
    await run(["tag", short(app), "named"]);
    expect((await run(["images"])).out).not.toContain("<none>");
  });

  it("refuse terminals, unknown formats and files that are no archive", async () => {
    expect((await run(["save", "app:1"], { stdoutIsTTY: true })).err).toContain("use -o FILE");
    expect((await run(["save", "--format", "zip", "app:1"])).status).toBe(2);
    expect((await run(["save", "--format", "oci-dir", "app:1"])).status).toBe(2);
    const wrong = await run(["load", "-q"], { ...empty, stdin: "not a tar" });
    expect(wrong.status).toBe(1);
    expect(wrong.err).toContain("Cannot load -: ");
    expect((await run(["load", "-q", "-i", "nowhere"], empty)).err).toContain("Cannot load nowhere: ");
  });
});
