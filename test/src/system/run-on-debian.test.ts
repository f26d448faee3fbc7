// RUN on a distribution: packages, users, deletions, replacements, links, capabilities, ten thousand files, a daemon. The
// image is pushed; skopeo and umoci accept it, and an OCI runtime runs its program.
import { cp, mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout, runTsbuild } from "../command/run-tsbuild.ts";
import { findProgram } from "../machine/find-program.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { runBundle } from "../runtimes/run-bundle.ts";
import { unpackImage } from "../runtimes/unpack-image.ts";

describe.skipIf(cannotRun("RUN on a Debian base"))("RUN on a Debian base", () => {
  let place: RegistryWithBases;
  /** Of the stage `build`. */
  let root: string;
  let bundle: string;
  let context: string;

  const build = (tag: string, ...flags: string[]): Promise<string> =>
    runTsbuild([
      ...["build", "--progress=plain", "--push", "--store", join(place.folder, "store")],
      ...["--tag", `${place.registry.address}/out/${tag}:1`],
      ...["--build-arg", `BASE=${place.reference("debian")}`, ...flags, context],
    ]);
  const stat = async (format: string, path: string): Promise<string> =>
    (await runOrThrow("stat", ["--format", format, join(root, path)])).trim();

  beforeAll(async () => {
    place = await openRegistryWithBases("run", ["debian"]);
    context = join(place.folder, "context");
    const fixture = join(checkout, "test/fixtures/run-on-debian");
    await cp(fixture, context, { recursive: true });
    await runOrThrow("dpkg-deb", [
      "--root-owner-group",
      "--build",
      join(fixture, "deb"),
      join(context, "greet.deb"),
    ]);
    await mkdir(join(context, "tools"));
    await cp(findProgram("setcap") ?? "", join(context, "tools/setcap"), { dereference: true });
    const linked = await runOrThrow("ldd", [findProgram("setcap") ?? ""]);
    for (const [, library = ""] of linked.matchAll(/libcap\S* => (\S+)/g)) {
      await cp(library, join(context, "tools", library.split("/").at(-1) ?? ""), { dereference: true });
    }
    await build("final");
    await build("build", "--target", "build");
    await build("tests", "--target", "tests");
    bundle = await unpackImage(`${place.registry.address}/out/final:1`, place.folder, "final");
    root = join(await unpackImage(`${place.registry.address}/out/build:1`, place.folder, "build"), "rootfs");
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("gives an image whose program runs and prints what it should", async () => {
    expect(await runBundle(bundle, "run-final")).toBe(
      "hello from a package; state: final; env: /home/worker /srv/app 7; args: from CMD\n",
    );
  });

  it("installs a package, with what its scripts do", async () => {
    expect(await readFile(join(root, "var/lib/greet/state"), "utf8")).toBe("configured: configure\n");
    const status = await readFile(join(root, "var/lib/dpkg/status"), "utf8");
    expect(status).toMatch(/Package: tsbuild-greet\nStatus: install ok installed/);
    expect(await readdir(join(root, "tmp"))).toEqual(["id.txt"]);
  });

  it("runs as the user that an earlier RUN has added", async () => {
    expect(await readFile(join(root, "tmp/id.txt"), "utf8")).toBe(
      "uid=4001(worker) gid=4000(crew) groups=4000(crew),50(staff)\n",
    );
    expect(await readFile(join(root, "home/worker/umask.txt"), "utf8")).toBe("0022\n");
    expect(await stat("%u:%g", "srv/app/run.sh")).toBe("4001:4000");
  });

  it("deletes and replaces what is in the base", async () => {
    await expect(stat("%F", "usr/share/doc")).rejects.toThrow(/No such file/);
    await expect(stat("%F", "etc/issue")).rejects.toThrow(/No such file/);
    expect(await readlink(join(root, "usr/games"))).toBe("bin");
    expect(await stat("%F", "var/lock")).toBe("directory");
    expect(await readdir(join(root, "var/cache"))).toEqual(["new"]);
    expect(await stat("%a", "var/cache")).toBe("700");
  });

  it("keeps capabilities, special bits and hard links", async () => {
    const capability = await runOrThrow("getcap", [join(root, "usr/local/bin/ping-like")]);
    expect(capability).toMatch(/cap_net_raw[=+]ep/);
    expect(await stat("%a %u:%g", "usr/local/bin/as-root")).toBe("6755 4001:4000");
    expect(await stat("%a", "var/sticky")).toBe("1777");
    const inodes = await Promise.all(
      ["srv/app/run.sh", "opt/run-link", "srv/other/third"].map((p) => stat("%i", p)),
    );
    expect(new Set(inodes).size).toBe(1);
  });

  it("keeps ten thousand files, and copies from the stage into another", async () => {
    expect(await readdir(join(root, "data"))).toHaveLength(10_000);
    const final = join(bundle, "rootfs");
    expect(await runOrThrow("getcap", [join(final, "usr/local/bin/ping-like")])).toMatch(/cap_net_raw/);
    expect(await readdir(join(final, "usr/local/games-of-build"))).toContain("greet");
  });

  it("has nothing of what was mounted for the RUN in any layer", async () => {
    const layout = join(place.folder, "build-layout");
    const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
    const blob = (digest: string): string => join(layout, "blobs", digest.replace(":", "/"));
    const manifest = JSON.parse(await readFile(blob(index.manifests[0].digest), "utf8"));
    const [, ...own] = manifest.layers as { digest: string }[];
    expect(own.length).toBeGreaterThan(10);
    const names = await Promise.all(own.map(({ digest }) => runOrThrow("tar", ["-tzf", blob(digest)])));
    const masked = names
      .flatMap((text) => text.split("\n"))
      .filter((name) => /^(dev|proc|sys|etc\/(hosts|resolv.conf)$)\b/.test(name));
    expect(masked).toEqual([]);
  });

  it("finds everything in the cache the second time, and moves nothing", async () => {
    const before = await runOrThrow("skopeo", [
      ...["inspect", "--raw", "--tls-verify=false"],
      `docker://${place.registry.address}/out/final:1`,
    ]);
    await build("final");
    const after = await runOrThrow("skopeo", [
      ...["inspect", "--raw", "--tls-verify=false"],
      `docker://${place.registry.address}/out/final:1`,
    ]);
    expect(after).toBe(before);
  });
});
