// Done when, point 4: a Dockerfile that only copies, on the larger base, by someone who may do nothing: works, unpacks
// nothing, downloads each base layer at most once, and uploads none that the registry has.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tsbuildCommand } from "../command/run-tsbuild.ts";
import { unprivilegedCommand } from "../command/unprivileged.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { readLayerDigests } from "../registries/read-layers.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { readTraffic, type Traffic } from "../registries/traffic.ts";

describe.skipIf(cannotRun("an unprivileged build where namespaces are forbidden"))(
  "an unprivileged build",
  () => {
    let place: RegistryWithBases;
    let home: string;
    let base: string[];
    let traffic: Traffic;

    beforeAll(async () => {
      place = await openRegistryWithBases("unprivileged", ["large"]);
      await runOrThrow("chmod", ["755", place.folder]);
      home = join(place.folder, "home");
      const context = join(home, "context");
      await mkdir(join(context, "app"), { recursive: true });
      await writeFile(join(context, "app/main.py"), "print('hello')\n");
      await writeFile(
        join(context, "Dockerfile"),
        `FROM ${place.reference("large")}\nWORKDIR /app\nCOPY --chown=www-data app /app\nCOPY --chmod=755 app/main.py /bin/tool\nUSER www-data\n`,
      );
      const out = `${place.registry.address}/out/copied:1`;
      const command = unprivilegedCommand([
        ...tsbuildCommand,
        "build",
        "--quiet",
        "--push",
        "--tag",
        out,
        context,
      ]);
      await runOrThrow("chown", ["--recursive", `${command.uid}:${command.uid}`, home]);
      base = await readLayerDigests(place.reference("large"));
      const mark = await place.registry.mark();
      const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home };
      await runOrThrow(command.program, command.args, { cwd: home, env });
      traffic = readTraffic(await place.registry.requests(mark), base);
    });
    afterAll(async () => place?.[Symbol.asyncDispose]());

    it("pushes an image that stands on the base's own layers", async () => {
      const layers = await readLayerDigests(`${place.registry.address}/out/copied:1`);
      expect(layers.slice(0, base.length)).toEqual(base);
      expect(layers.length).toBeGreaterThan(base.length);
    });

    it("downloads each base layer at most once", () => {
      expect(traffic.downloads).toEqual([...new Set(traffic.downloads)]);
    });

    it("mounts the base's layers and uploads none of them", async () => {
      expect(traffic.mounts).toEqual(expect.arrayContaining(base));
      const own = (await readLayerDigests(`${place.registry.address}/out/copied:1`)).length - base.length;
      expect(traffic.uploads).toBeLessThanOrEqual(own + 1);
    });

    it("unpacks nothing: no folder of the base is on the disk", async () => {
      const names = await readdir(home, { recursive: true });
      expect(names.filter((name) => /(^|\/)(usr|etc)(\/|$)/.test(name))).toEqual([]);
    });

    it("gives the files to the owner that the base knows by name", async () => {
      const layout = join(place.folder, "layout");
      const source = `docker://${place.registry.address}/out/copied:1`;
      await runOrThrow("skopeo", [
        "copy",
        "--quiet",
        "--insecure-policy",
        "--src-tls-verify=false",
        source,
        `oci:${layout}:1`,
      ]);
      const layers = await readLayerDigests(`${place.registry.address}/out/copied:1`);
      const listings = await Promise.all(
        layers
          .slice(base.length)
          .map((digest) =>
            runOrThrow("tar", [
              "--list",
              "--verbose",
              "--numeric-owner",
              "--gzip",
              "--file",
              join(layout, "blobs/sha256", digest.slice(7)),
            ]),
          ),
      );
      expect(listings.join("")).toMatch(/ 33\/33 .* app\/main\.py/);
      expect(listings.join("")).toMatch(/^-rwxr-xr-x 0\/0 .* usr\/bin\/tool$/m);
    });
  },
);
