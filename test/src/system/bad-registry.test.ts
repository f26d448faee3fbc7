// Done when, point 8, what registries do wrong: each message names the host, the status where there is one, and the
// line of the Dockerfile that asked.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { RegistryOptions } from "@tsbuild/registry";
import { tryTsbuild } from "../command/run-tsbuild.ts";
import { findFreePort } from "../machine/free-port.ts";
import type { Finished } from "../machine/run-program.ts";
import { openEmbeddedRegistry, type EmbeddedRegistry } from "../registries/embedded-registry.ts";

/** A base whose files the build must look into, so that its layer is read. */
const files = { "etc/passwd": "root:x:0:0::/:/bin/sh\napp:x:7:7::/:/bin/sh\n" };

describe("tsbuild says which registry failed, and how, when", () => {
  let place: EmbeddedRegistry;
  afterEach(async () => place?.[Symbol.asyncDispose]());

  const open = async (options: Omit<RegistryOptions, "store"> = {}): Promise<void> => {
    place = await openEmbeddedRegistry("bad-registry", options);
  };
  const buildOn = (base: string): Promise<Finished> => build(`FROM ${base}\nCOPY --chown=app a.txt /a.txt\n`);
  const build = async (instructions: string, ...args: string[]): Promise<Finished> => {
    const context = join(place.temporary.path, "context");
    await mkdir(context, { recursive: true });
    await writeFile(join(context, "a.txt"), "a");
    await writeFile(join(context, "Dockerfile"), `# A comment.\n${instructions}`);
    const out = ["--output", `type=oci,dest=${join(place.temporary.path, "out.tar")}`, "--retry", "1"];
    const env = { ...process.env, DOCKER_CONFIG: join(place.temporary.path, "no-config") };
    const finished = await tryTsbuild(
      ["build", "--store", join(place.temporary.path, "store"), ...out, ...args, context],
      { env },
    );
    expect(finished.status).toBe(1);
    expect(finished.stderr).not.toMatch(/\n {4}at /);
    return finished;
  };

  it("the image is not there", async () => {
    await open();
    const { stderr } = await buildOn(`${place.registry.host}/nothing:1`);
    expect(stderr).toMatch("Dockerfile:2");
    expect(stderr).toMatch(`${place.registry.host}/nothing:1`);
    expect(stderr).toMatch(/has no|not found|404/);
  });

  it("the user is not allowed", async () => {
    await open({ auth: { kind: "basic", users: { someone: "secret" } } });
    const { stderr } = await buildOn(`${place.registry.host}/private:1`);
    expect(stderr).toMatch("Dockerfile:2");
    expect(stderr).toMatch(place.registry.host);
    expect(stderr).toMatch(/credentials|log ?in/i);
  });

  it("the registry is down", async () => {
    await open();
    const host = `127.0.0.1:${await findFreePort()}`;
    const { stderr } = await buildOn(`${host}/base:1`);
    expect(stderr).toMatch("Dockerfile:2");
    expect(stderr).toMatch(host);
    expect(stderr).toMatch(/refused|reach/i);
  });

  it("the registry fails", async () => {
    await open({
      faults: [
        { times: 1000, path: /manifests/, fault: { kind: "status", status: 503, body: "on holiday" } },
      ],
    });
    const { stderr } = await buildOn(`${place.registry.host}/base:1`);
    expect(stderr).toMatch(place.registry.host);
    expect(stderr).toMatch("503");
  });

  it("the registry talks nonsense", async () => {
    const html = {
      kind: "status",
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<html>Welcome</html>",
    } as const;
    await open({ faults: [{ times: 1000, path: /manifests/, fault: html }] });
    const { stderr } = await buildOn(`${place.registry.host}/base:1`);
    expect(stderr).toMatch("Dockerfile:2");
    expect(stderr).toMatch(place.registry.host);
  });

  it("a layer's bytes are not what its digest says", async () => {
    await open();
    const base = await place.pushImage("base", files);
    place.registry.faults.add({
      method: "GET",
      times: 1000,
      path: /blobs/,
      fault: { kind: "corrupt", offset: 40 },
    });
    const { stderr } = await buildOn(base);
    expect(stderr).toMatch(place.registry.host);
    expect(stderr).toMatch(/digest|sha256/);
    await expectNothingKept();
  });

  it("a layer has fewer bytes than it should", async () => {
    await open();
    const base = await place.pushImage("base", files);
    place.registry.faults.add({
      method: "GET",
      times: 1000,
      path: /blobs/,
      fault: { kind: "truncate", bytes: 60 },
    });
    const { stderr } = await buildOn(base);
    expect(stderr).toMatch(place.registry.host);
    expect(stderr).toMatch(/size|bytes|digest/);
    await expectNothingKept();
  });

  it("a layer has paths that leave the root", async () => {
    await open();
    const base = await place.pushImage("evil", { ...files, "../../outside": "evil\n" });
    const { stderr } = await buildOn(base);
    expect(stderr).toMatch(/Dockerfile:[23]/);
    expect(stderr).toMatch("../../outside");
  });

  it("a push is not allowed", async () => {
    await open({ isReadOnly: true });
    const { stderr } = await build(
      "FROM scratch\nCOPY a.txt /\n",
      "--tag",
      `${place.registry.host}/out:1`,
      "--push",
    );
    expect(stderr).toMatch(place.registry.host);
  });

  const expectNothingKept = async (): Promise<void> => {
    const blobs = await readdir(join(place.temporary.path, "store/blobs/sha256")).catch(() => []);
    const reference = await fetch(`${place.registry.url}/v2/base/manifests/1`).then((answer) =>
      answer.json(),
    );
    const digests = (reference as { layers: { digest: string }[] }).layers.map(({ digest }) =>
      digest.slice("sha256:".length),
    );
    expect(blobs.filter((name) => digests.includes(name))).toEqual([]);
  };
});
