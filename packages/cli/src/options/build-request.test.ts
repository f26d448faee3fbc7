import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeIo } from "../testing/fake-io.ts";
import { readBuildRequest } from "./build-request.ts";
import type { ParsedOptions } from "./judge-flags.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
  mkdirSync(join(folder, "ctx"));
  mkdirSync(join(folder, "lower"));
  writeFileSync(join(folder, "ctx/Dockerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "ctx/Other"), "FROM scratch\n");
  writeFileSync(join(folder, "lower/dockerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "prod.Dockerfile"), "FROM scratch\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = async (
  paths: string[],
  options: ParsedOptions = {},
  settings: Parameters<typeof fakeIo>[0] = {},
) => (await readBuildRequest(paths, options, fakeIo({ cwd: folder, ...settings }))).options;

describe("readBuildRequest", () => {
  it("resolves the context and its Dockerfile", async () => {
    expect(await read(["ctx"])).toMatchObject({
      context: join(folder, "ctx"),
      dockerfile: join(folder, "ctx/Dockerfile"),
      outputs: [{ type: "image", push: false }],
      noCache: false,
      pull: false,
    });
  });

  it("takes a lower-case dockerfile when it is the only one, as docker does", async () => {
    expect(await read(["lower"])).toMatchObject({ dockerfile: join(folder, "lower/dockerfile") });
  });

  it("takes -f relative to the current folder, as docker does", async () => {
    expect(await read(["ctx"], { file: "prod.Dockerfile" })).toMatchObject({
      dockerfile: join(folder, "prod.Dockerfile"),
    });
    await expect(read(["ctx"], { file: "Other" })).rejects.toThrow("say -f ctx/Other");
    await expect(read(["ctx"], { file: "None" })).rejects.toThrow("there is no such file");
  });

  it("reads the Dockerfile from standard input for -f -", async () => {
    const request = await read(["ctx"], { file: "-" }, { stdin: "FROM scratch\nLABEL a=b\n" });
    expect(request).toMatchObject({ dockerfileText: "FROM scratch\nLABEL a=b\n" });
    expect(request.dockerfile).toBeUndefined();
  });

  it.each([
    [[], "PATH is missing"],
    [["ctx", "lower"], "one PATH is needed, and there are 2"],
    [["-"], "standard input comes in a later release"],
    [["https://github.com/a/b.git"], "URLs come in a later release"],
    [["git@github.com:a/b.git"], "URLs come in a later release"],
    [["nowhere"], "there is no such folder"],
    [["pul", "busybox"], "did you mean the command pull?"],
    [["image"], "did you mean the command images?"],
    [["ctx/Dockerfile"], "it is not a folder"],
  ])("refuses the context %j", async (paths, reason) => {
    await expect(read(paths)).rejects.toThrow(reason);
  });

  it("passes SOURCE_DATE_EPOCH of the environment on, and lets a build argument win", async () => {
    const env = { SOURCE_DATE_EPOCH: "1" };
    expect(await read(["ctx"], {}, { env })).toMatchObject({
      sourceDateEpoch: 1,
      buildArgs: { SOURCE_DATE_EPOCH: "1" },
    });
    expect(await read(["ctx"], { buildArg: ["SOURCE_DATE_EPOCH=2"] }, { env })).toMatchObject({
      sourceDateEpoch: 2,
    });
    expect((await read(["ctx"])).sourceDateEpoch).toBeUndefined();
    await expect(read(["ctx"], { rewriteTimestamp: true })).rejects.toThrow("SOURCE_DATE_EPOCH is not set");
  });

  it("reads the rest", async () => {
    const options = {
      tag: ["app:1", "registry.example/app"],
      target: "prod",
      buildArg: ["A=1", "HOME_ARG"],
      label: ["a=b"],
      annotation: ["index:x=y"],
      platform: ["linux/amd64,linux/arm64"],
      noCacheFilter: ["a,b", "c"],
      pull: true,
      compression: "zstd",
      compressionLevel: "3",
      jobs: "8",
      dryRun: true,
    };
    expect(await read(["ctx"], options, { env: { HOME_ARG: "h" } })).toMatchObject({
      tags: ["docker.io/library/app:1", "registry.example/app:latest"],
      target: "prod",
      buildArgs: { A: "1", HOME_ARG: "h" },
      labels: { a: "b" },
      annotations: { "index:x": "y" },
      platforms: [{ architecture: "amd64" }, { architecture: "arm64" }],
      noCache: ["a", "b", "c"],
      pull: true,
      compression: { kind: "zstd", level: 3 },
      jobs: 8,
    });
  });

  it("refuses what contradicts itself", async () => {
    await expect(read(["ctx"], { noCache: true, noCacheFilter: ["a"] })).rejects.toThrow("together");
    await expect(read(["ctx"], { output: ["-"] }, { stdoutIsTTY: true })).rejects.toThrow("terminal");
  });
});
