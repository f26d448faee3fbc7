// Done when, point 2: a Dockerfile with every instruction, on a Debian base from Debian's registry, pushed back to it;
// skopeo and umoci accept the image, and an OCI runtime runs its program.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout, runTsbuild } from "../command/run-tsbuild.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { runBundle } from "../runtimes/run-bundle.ts";
import { unpackImage } from "../runtimes/unpack-image.ts";

/** Debian's names for the dynamic linker and the C library. */
const libraries = {
  x64: { LOADER: "/lib64/ld-linux-x86-64.so.2", LIBC: "/lib/x86_64-linux-gnu/libc.so.6" },
  arm64: { LOADER: "/lib/ld-linux-aarch64.so.1", LIBC: "/lib/aarch64-linux-gnu/libc.so.6" },
}[process.arch === "arm64" ? "arm64" : "x64"];

describe.skipIf(cannotRun("every instruction on a Debian base"))(
  "a Dockerfile with every instruction",
  () => {
    let place: RegistryWithBases;
    let context: string;
    const build = (target: string): Promise<string> =>
      runTsbuild([
        ...["build", "--quiet", "--push", "--store", join(place.folder, "store"), "--target", target],
        ...[
          "--tag",
          `${place.registry.address}/out/${target}:1`,
          "--build-arg",
          `BASE=${place.reference("debian")}`,
        ],
        ...Object.entries(libraries).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
        context,
      ]);
    const inspect = async (target: string, ...flags: string[]): Promise<Record<string, unknown>> =>
      JSON.parse(
        await runOrThrow("skopeo", [
          "inspect",
          "--tls-verify=false",
          ...flags,
          `docker://${place.registry.address}/out/${target}:1`,
        ]),
      );
    const unpack = (target: string): Promise<string> =>
      unpackImage(`${place.registry.address}/out/${target}:1`, place.folder, target);

    beforeAll(async () => {
      place = await openRegistryWithBases("instructions", ["debian"]);
      context = join(place.folder, "context");
      await cp(join(checkout, "test/fixtures/every-instruction"), context, { recursive: true });
      const tool = join(place.folder, "tool");
      await mkdir(join(tool, "bin"), { recursive: true });
      await writeFile(join(tool, "bin/tool"), "tool from an xz archive\n");
      await runOrThrow("tar", [
        "--create",
        "--xz",
        "--file",
        join(context, "tool.tar.xz"),
        "--directory",
        tool,
        ".",
      ]);
      await build("program");
      await build("small");
    });
    afterAll(async () => place?.[Symbol.asyncDispose]());

    it("gives a config that skopeo reads as written", async () => {
      const { config, author } = (await inspect("program", "--config", "--raw")) as {
        config: Record<string, unknown>;
        author: string;
      };
      expect(author).toBe("Some One <some.one@example.com>");
      expect(config).toMatchObject({
        User: "www-data:staff",
        ExposedPorts: { "8080/tcp": {}, "8443/tcp": {} },
        Entrypoint: ["/bin/run-program"],
        Cmd: ["from", "CMD"],
        Volumes: { "/srv/app/data": {} },
        WorkingDir: "/srv/app",
        Labels: { author: "Some One", "org.opencontainers.image.version": "1" },
        StopSignal: "SIGQUIT",
        Shell: ["/bin/bash", "-e", "-c"],
        OnBuild: ["LABEL built-on=program"],
        Healthcheck: { Test: ["CMD-SHELL", "test -e /srv/app/settings.txt"], Interval: 30e9, Retries: 2 },
      });
      expect(config["Env"]).toEqual(
        expect.arrayContaining(["APP_HOME=/srv/app", "RELEASE=1", "LANG=C.UTF-8"]),
      );
    });

    it("keeps the base's layer as it is and adds its own", async () => {
      const [base, image] = [await inspectLayers("base/debian"), await inspectLayers("out/program")];
      expect(image.slice(0, base.length)).toEqual(base);
      expect(image.length).toBeGreaterThan(base.length);
    });
    const inspectLayers = async (repository: string): Promise<string[]> => {
      const reference = `docker://${place.registry.address}/${repository}:1`;
      const { Layers } = JSON.parse(await runOrThrow("skopeo", ["inspect", "--tls-verify=false", reference]));
      return Layers;
    };

    it("runs, unpacked by umoci, and prints what it should", async () => {
      const bundle = await unpack("program");
      expect(await runBundle(bundle, "program")).toBe(
        "release=1; tool from an xz archive; first part; args: from CMD\n",
      );
    });

    it("puts files behind symlinks and gives them to the names of the image", async () => {
      const root = join(place.folder, "program-bundle/rootfs");
      const list = async (path: string): Promise<string> =>
        (await runOrThrow("stat", ["--format", "%U:%G %a %F", join(root, path)])).trim();
      expect(await list("bin")).toMatch(/symbolic link$/);
      expect(await list("usr/bin/run-program")).toBe("root:root 755 regular file");
      expect(await runOrThrow("stat", ["--format", "%u:%g", join(root, "srv/app/parts/first.txt")])).toBe(
        "33:50\n",
      );
      expect(await runOrThrow("stat", ["--format", "%u:%g", join(root, "srv/app/tool/etc/plain.txt")])).toBe(
        "1:1\n",
      );
      await expect(list("srv/app/parts/third.md")).rejects.toThrow(/No such file/);
    });

    it("runs as an image from scratch with nothing but its program", async () => {
      const bundle = await unpack("small");
      expect(await runBundle(bundle, "small")).toBe(
        "release=1; tool from an xz archive; first part; args: small\n",
      );
    });
  },
);
