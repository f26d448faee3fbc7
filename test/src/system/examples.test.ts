// The examples and the demo do what they say, with nothing but Node.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../command/run-tsbuild.ts";
import { runProgram } from "../machine/run-program.ts";
import { openEmbeddedRegistry, type EmbeddedRegistry } from "../registries/embedded-registry.ts";

describe("the library example", () => {
  let place: EmbeddedRegistry;
  const example = (context: string, name: string): ReturnType<typeof runProgram> =>
    runProgram(
      process.execPath,
      [join(checkout, "examples/library/build-image.ts"), context, `${place.registry.host}/${name}`],
      {
        env: { ...process.env, TSBUILD_STORE: join(place.temporary.path, "store") },
      },
    );
  const makeContext = async (name: string, dockerfile: string): Promise<string> => {
    const context = join(place.temporary.path, name);
    await mkdir(context);
    await writeFile(join(context, "Dockerfile"), dockerfile);
    await writeFile(join(context, "a.txt"), "a\n");
    return context;
  };
  beforeAll(async () => {
    place = await openEmbeddedRegistry("library-example");
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("builds, pushes and prints the digest that the registry has", async () => {
    const context = await makeContext("good", "FROM scratch\nCOPY a.txt /\n");
    const { status, stdout, stderr } = await example(context, "good:1");
    expect(status).toBe(0);
    expect(stderr).toMatch("COPY a.txt /");
    const answer = await fetch(`${place.registry.url}/v2/good/manifests/1`, { method: "HEAD" });
    expect(answer.headers.get("docker-content-digest")).toBe(stdout.trim());
  });

  it("says the line when the build fails", async () => {
    const context = await makeContext("bad", "FROM scratch\nCOPY missing /\n");
    const { status, stdout, stderr } = await example(context, "bad:1");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^line 2: .*missing/m);
  });
});

describe("the demo", () => {
  it("builds, rebuilds, pushes, pulls back and runs, or says why it cannot run", async () => {
    const { status, stdout, stderr } = await runProgram(process.execPath, [
      join(checkout, "scripts/demo.ts"),
    ]);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/the same digest: sha256:[0-9a-f]{64}/);
    expect(stdout).toMatch(/COPY --from=gather|COPY --chown/);
    expect(stdout).toMatch(/Hello from an image that tsbuild 0.1 made. No daemon was needed.|Not here: /);
  });
});
