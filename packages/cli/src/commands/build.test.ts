// The command around the real builder: what goes where, and how it ends.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Interruption } from "../interrupt.ts";
import { runCli } from "../run-cli.ts";
import { fakeIo } from "../testing/fake-io.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
  mkdirSync(join(folder, "ctx"));
  writeFileSync(join(folder, "ctx/a.txt"), "hello\n");
  writeFileSync(
    join(folder, "ctx/Dockerfile"),
    "FROM scratch\nCOPY a.txt /a.txt\nARG V=1 SOURCE_DATE_EPOCH\nLABEL v=$V\n",
  );
  writeFileSync(join(folder, "Wrong"), "FROM scratch\nCOPY missing /\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: string[], settings: Parameters<typeof fakeIo>[0] = {}) {
  const env = { TSBUILD_STORE: "store", HOME: folder, SOURCE_DATE_EPOCH: "1700000000" };
  const io = fakeIo({ cwd: folder, env, ...settings });
  const status = await runCli(args, io);
  return { status, out: io.stdout.text, err: io.stderr.text, bytes: io.stdout.bytes };
}

describe("tsbuild build", () => {
  it("writes progress to standard error, and nothing to standard output", async () => {
    const { status, out, err } = await run(["-t", "app:1", "ctx"]);
    expect({ status, out }).toEqual({ status: 0, out: "" });
    expect(err).toContain("] COPY a.txt /a.txt\n");
    expect((await run(["images", "--format", "json"])).out).toContain('"Repository":"app","Tag":"1"');
  });

  it("prints the image ID alone with -q, and writes the files asked for", async () => {
    const { status, out, err } = await run([
      ..."-q -t app:2 --iidfile iid --digest-file digest --metadata-file meta.json --build-arg V=2".split(
        " ",
      ),
      "ctx",
    ]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const iid = readFileSync(join(folder, "iid"), "utf8");
    expect(out).toBe(`${iid}\n`);
    expect(JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"))).toMatchObject({
      "containerimage.config.digest": iid,
      "containerimage.digest": readFileSync(join(folder, "digest"), "utf8"),
      "image.name": "docker.io/library/app:2",
    });
    const [image]: unknown[] = JSON.parse((await run(["inspect", iid])).out);
    expect(image).toMatchObject({ Id: iid, Config: { Labels: { v: "2" } }, Created: "2023-11-14T22:13:20Z" });
  });

  it("keeps an image without a name, to be found by the ID that -q printed", async () => {
    const { out } = await run(["-q", "--label", "nameless=yes", "ctx"]);
    expect(await run(["tag", out.trim(), "found:1"])).toMatchObject({ status: 0 });
  });

  it("gives with the same inputs the same image, from -f - too", async () => {
    const [first, second] = [
      await run(["-q", "--no-cache", "ctx"]),
      await run(["-q", "-f", "-", "--store", "another", "ctx"], {
        stdin: readFileSync(join(folder, "ctx/Dockerfile")),
      }),
    ];
    expect(first.out).toMatch(/^sha256:/);
    expect(second.out).toBe(first.out);
  });

  it("prints the plan for --dry-run", async () => {
    const { status, out } = await run(["--dry-run", "ctx"]);
    expect(status).toBe(0);
    expect(out).toMatch(/COPY a\.txt \/a\.txt/);
  });

  it("names each ignored flag once, and builds", async () => {
    const { status, err } = await run(["-q", "--rm", "--cache-from", "a", "--cache-from", "b", "ctx"]);
    expect(status).toBe(0);
    expect(err.match(/^note: .*$/gm)).toEqual([
      "note: --cache-from is ignored: a cache elsewhere comes in a later release; the local store is used",
      "note: --rm is ignored: docker ignores it too",
    ]);
  });

  it("ends a failure with the lines of the Dockerfile and status 1", async () => {
    const { status, err } = await run(["-f", "Wrong", "ctx"]);
    expect(status).toBe(1);
    expect(err).toContain(
      "\nWrong:2\n--------------------\n   1 |     FROM scratch\n   2 | >>> COPY missing /\n",
    );
    expect(err.trimEnd().split("\n").at(-1)).toMatch(/^ERROR: .*missing/);
  });

  it("ends with 130 when it is interrupted", async () => {
    const io = fakeIo({ cwd: folder, env: { TSBUILD_STORE: "store", HOME: folder } });
    io.controller.abort(new Interruption("SIGINT"));
    expect(await runCli(["-q", "ctx"], io)).toBe(130);
    expect(io.stderr.text).toBe("Interrupted by SIGINT\n");
  });
});
