// What only a whole build shows of the language's rules: times, platforms, owners, hints for names.
import type { Change } from "@tsbuild/layer";
import { indexLayer } from "@tsbuild/layer";
import { parsePlatform } from "@tsbuild/oci";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { BuildResult } from "./build-options.ts";
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

const text = "app:x:1234:99::/:\n";
const base: Change[] = [
  {
    kind: "put",
    entry: {
      path: "etc/passwd",
      kind: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeSec: 1,
      mtimeNsec: 0,
      size: text.length,
      content: { kind: "bytes", bytes: Buffer.from(text) },
    },
  },
];

/** A tar of one empty file, whatever it is called. */
function tarOf(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  for (const [offset, text] of [
    [100, "0000644"],
    [108, "0000000"],
    [116, "0000000"],
    [124, "00000000000"],
    [136, "00000000000"],
    [148, "        0"],
    [257, "ustar"],
    [263, "00"],
  ] as const) {
    header.write(text, offset, "latin1");
  }
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.fill(0, 154, 155);
  header.write(sum.toString(8).padStart(6, "0"), 148, "latin1");
  return Buffer.concat([header, Buffer.alloc(1024)]);
}

async function ownersOf(s: Scene, result: BuildResult): Promise<string[]> {
  const owners: string[] = [];
  for (const layer of (await s.layers(result)).slice(1)) {
    const { table } = await indexLayer(s.store.read(layer), { mediaType: layer.mediaType });
    const change = table.at(table.length - 1);
    if (change.kind === "put") owners.push(`${change.entry.path} ${change.entry.uid}:${change.entry.gid}`);
  }
  return owners;
}

describe("a build", () => {
  it("gives a WORKDIR to the USER by the rules of --chown", async () => {
    const s = await open();
    const name = await s.pushBase("base", base);
    const users = ["app", "1234", "4242", "5:6"].map((user, i) => `USER ${user}\nWORKDIR /w${i}\n`);
    const result = await s.build(`FROM ${name}\n${users.join("")}`);
    expect(await ownersOf(s, result)).toEqual(["w0 1234:99", "w1 1234:1234", "w2 4242:4242", "w3 5:6"]);
  });

  it("refuses an archive whose first name leads out of it, and copies what only looks like one", async () => {
    const s = await open();
    writeFileSync(join(s.context, "bad"), tarOf("../x"));
    s.write({ "a.tar": "\u001f" });
    await expect(s.build("FROM scratch\nADD bad /d/")).rejects.toMatchObject({
      message: expect.stringContaining("../x"),
      location: { span: { start: { line: 2 } } },
    });
    const { images } = await s.build("FROM scratch\nADD a.tar /d/");
    expect(images).toHaveLength(1);
  });

  it("takes SOURCE_DATE_EPOCH from a global ARG, unless one is given", async () => {
    const s = await open();
    const dockerfile = "ARG S=7\nARG SOURCE_DATE_EPOCH=${S}0\nFROM scratch\nLABEL a=b\n";
    expect((await s.config(await s.build(dockerfile))).created).toBe("1970-01-01T00:01:10Z");
    const given = await s.build(dockerfile, { sourceDateEpoch: 0, buildArgs: { SOURCE_DATE_EPOCH: "0" } });
    expect((await s.config(given)).created).toBe("1970-01-01T00:00:00Z");
    await expect(s.build("ARG SOURCE_DATE_EPOCH=context\nFROM scratch")).rejects.toMatchObject({
      message: expect.stringContaining("SOURCE_DATE_EPOCH=context"),
      location: { span: { start: { line: 1 } } },
    });
  });

  it("says it is for the platform asked for, else for that of its base", async () => {
    const s = await open();
    const dockerfile = `FROM --platform=linux/arm64 ${await s.pushBase("base", base)}`;
    expect((await s.config(await s.build(dockerfile))).architecture).toBe("amd64");
    const asked = await s.build(dockerfile, { platforms: [parsePlatform("linux/riscv64")] });
    expect((await s.config(asked)).architecture).toBe("riscv64");
  });

  it("names the trigger whose image cannot be had", async () => {
    const s = await open();
    const name = await s.pushBase("base", base, { OnBuild: [`COPY --from=${s.registry.host}/none:1 /a /b`] });
    await expect(s.build(`FROM ${name}`)).rejects.toThrow(/^ONBUILD COPY --from=.*none:1: /);
  });

  it("puts annotations of the descriptor into the index.json of a layout", async () => {
    const s = await open();
    const dest = join(s.folder, "out");
    await s.build("FROM scratch", {
      annotations: { "manifest-descriptor:a": "b" },
      outputs: [{ type: "oci", dest, tar: false }],
    });
    const index: { manifests: { annotations: unknown }[] } = JSON.parse(
      readFileSync(join(dest, "index.json"), "utf8"),
    );
    expect(index.manifests[0]?.annotations).toMatchObject({ a: "b" });
  });

  it("says in which ignore file a pattern is wrong", async () => {
    const s = await open();
    s.write({ Dockerfile: "FROM scratch", "Dockerfile.dockerignore": "a\n[b\n" });
    await expect(
      s.build("", { dockerfileText: undefined, dockerfile: join(s.context, "Dockerfile") }),
    ).rejects.toMatchObject({
      location: { path: join(s.context, "Dockerfile.dockerignore"), span: { start: { line: 2 } } },
    });
  });

  it("warns of a stage to build anew that does not exist", async () => {
    const s = await open();
    const { events } = await s.build("FROM scratch AS one", { noCache: ["ONE", "tow"] });
    const warnings = events.filter((event) => event.kind === "warning");
    expect(warnings).toMatchObject([{ message: expect.stringContaining("tow") }]);
  });
});
