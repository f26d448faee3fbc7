// Done when, point 5: the same build again hits the cache at every step and moves no layer; from nothing, elsewhere, in
// another environment, it gives the same digest.
import { cp, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout, tryTsbuild } from "../command/run-tsbuild.ts";
import { describeFailure } from "../machine/run-program.ts";
import { cannotRun } from "../machine/requirement.ts";
import { readLayerDigests } from "../registries/read-layers.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { readTraffic } from "../registries/traffic.ts";

const sourceDateEpoch = "1600000000";

describe.skipIf(cannotRun("the same build again"))("the same build again", () => {
  let place: RegistryWithBases;
  let first: { digest: string; progress: string };
  let layers: string[];

  const build = async (
    context: string,
    { store, repository, env = {} }: { store: string; repository: string; env?: Record<string, string> },
  ): Promise<{ digest: string; progress: string }> => {
    const digestFile = join(place.folder, "digest");
    const args = [
      "build",
      "--progress",
      "plain",
      "--push",
      // The times of files that RUN makes are else those of the build.
      ...("SOURCE_DATE_EPOCH" in env ? ["--rewrite-timestamp"] : []),
      "--store",
      join(place.folder, store),
      "--digest-file",
      digestFile,
    ];
    const tag = ["--tag", `${place.registry.address}/${repository}:1`];
    const finished = await tryTsbuild([...args, ...tag, join(place.folder, context)], {
      env: { ...process.env, ...env },
    });
    if (finished.status !== 0) throw new Error(describeFailure(finished));
    return { digest: (await readFile(digestFile, "utf8")).trim(), progress: finished.stderr };
  };

  beforeAll(async () => {
    place = await openRegistryWithBases("again", ["busybox"]);
    const context = join(place.folder, "context");
    await cp(join(checkout, "examples/hello"), context, { recursive: true });
    const text = await readFile(join(context, "Dockerfile"), "utf8");
    await writeFile(
      join(context, "Dockerfile"),
      text.replace("docker.io/library/busybox:1", place.reference("busybox")),
    );
    first = await build("context", { store: "store", repository: "out/hello" });
    layers = await readLayerDigests(`${place.registry.address}/out/hello:1`);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("hits the cache at every step that makes a layer", async () => {
    const { progress } = await build("context", { store: "store", repository: "out/hello" });
    const steps = [...progress.matchAll(/^(#\d+) \[(?!internal).*\] (?:WORKDIR|COPY|ADD|RUN) .*$/gm)].map(
      (match) => match[1],
    );
    const cached = [...progress.matchAll(/^(#\d+) CACHED$/gm)].map((match) => match[1]);
    expect(steps.length).toBeGreaterThanOrEqual(2);
    expect(steps.filter((step) => !cached.includes(step))).toEqual([]);
  });

  it("moves no layer and gives the same digest", async () => {
    const mark = await place.registry.mark();
    const { digest } = await build("context", { store: "store", repository: "out/hello" });
    expect(digest).toBe(first.digest);
    expect(readTraffic(await place.registry.requests(mark), layers)).toMatchObject({
      downloads: [],
      uploads: 0,
    });
  });

  it("gives the same digest from nothing, in another folder, umask, time zone and language", async () => {
    const environment = { SOURCE_DATE_EPOCH: sourceDateEpoch };
    const here = await build("context", {
      store: "store-a",
      repository: "out/here",
      env: { ...environment, TZ: "Pacific/Auckland" },
    });
    await rm(join(place.folder, "store-a"), { recursive: true });
    await mkdir(join(place.folder, "else/where"), { recursive: true });
    await cp(join(place.folder, "context"), join(place.folder, "else/where/context"), {
      recursive: true,
      preserveTimestamps: true,
    });
    const umask = process.umask(0o077);
    try {
      const there = await build("else/where/context", {
        store: "store-b",
        repository: "out/there",
        env: { ...environment, TZ: "America/St_Johns", LANG: "C", LC_ALL: "C" },
      });
      expect(there.digest).toBe(here.digest);
    } finally {
      process.umask(umask);
    }
  });

  it("gives another digest when a file changes, though its time and size do not", async () => {
    const context = join(place.folder, "changed");
    await cp(join(place.folder, "context"), context, { recursive: true, preserveTimestamps: true });
    await build("changed", { store: "store", repository: "out/changed" });
    const { digest } = await build("changed", { store: "store", repository: "out/changed" });
    const path = join(context, "messages/first.txt");
    const { atime, mtime } = await stat(path);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("No", "no"));
    await utimes(path, atime, mtime);
    expect((await build("changed", { store: "store", repository: "out/changed" })).digest).not.toBe(digest);
  });
});
