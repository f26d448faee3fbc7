// Every flag that the command line promises to know, with its fate. The names are those of docker buildx build
// (2026-08), docker's hidden and legacy ones, and tsbuild's own.
import { describe, expect, it } from "vitest";
import { commandTable, flagsOf } from "../commands/command-table.ts";
import { longName, shortName, type Fate } from "./flag.ts";

const build = commandTable.find(({ name }) => name === "build");
const flags = build === undefined ? [] : flagsOf(build);

const fateOf = (name: string, value: string): Fate["kind"] | undefined =>
  flags.find((flag) => longName(flag) === name)?.fate(value).kind;

// One row a flag: name, then values with the fate that each has.
const fates: readonly (readonly [string, Record<string, Fate["kind"]>])[] = [
  ["--add-host", { "a:1.2.3.4": "done" }],
  [
    "--allow",
    {
      "network.host": "done",
      "security.insecure": "ignored",
      "device=a": "ignored",
      "network.none": "refused",
    },
  ],
  ["--annotation", { "a=b": "done" }],
  ["--attest", { "type=sbom": "refused", "type=sbom,disabled=true": "done" }],
  ["--build-arg", { "a=b": "done" }],
  ["--build-context", { "a=b": "refused" }],
  ["--builder", { default: "ignored" }],
  ["--cache-from", { "type=registry,ref=a": "ignored", a: "ignored" }],
  ["--cache-to", { "type=registry,ref=a": "ignored", "type=inline": "refused" }],
  ["--call", { build: "done", check: "refused", outline: "refused", targets: "refused" }],
  ["--cgroup-parent", { a: "ignored" }],
  ["--check", { "": "refused" }],
  ["--debug", { "": "done" }],
  ["--file", { Dockerfile: "done" }],
  ["--iidfile", { a: "done" }],
  ["--label", { "a=b": "done" }],
  ["--load", { "": "refused" }],
  ["--metadata-file", { a: "done" }],
  ["--network", { default: "done", host: "done", none: "done", bridge: "refused", HOST: "refused" }],
  ["--no-cache", { "": "done" }],
  ["--no-cache-filter", { a: "done" }],
  ["--output", { a: "done" }],
  ["--platform", { a: "done" }],
  ["--policy", { "filename=a": "refused", "disabled=true": "done" }],
  ["--progress", { plain: "done" }],
  ["--provenance", { false: "done", true: "refused", "mode=max": "refused", "disabled=true": "done" }],
  ["--pull", { "": "done" }],
  ["--push", { "": "done" }],
  ["--quiet", { "": "done" }],
  ["--resource", { "memory=1g": "ignored" }],
  ["--sbom", { false: "done", true: "refused" }],
  ["--secret", { "id=a": "refused" }],
  ["--shm-size", { "1g": "done" }],
  ["--ssh", { default: "refused" }],
  ["--tag", { a: "done" }],
  ["--target", { a: "done" }],
  ["--ulimit", { "nofile=1": "ignored" }],
  ["--memory", { "1g": "ignored" }],
  ["--memory-swap", { "1g": "ignored" }],
  ["--cpu-shares", { "1": "ignored" }],
  ["--cpu-period", { "1": "ignored" }],
  ["--cpu-quota", { "1": "ignored" }],
  ["--cpuset-cpus", { "0": "ignored" }],
  ["--cpuset-mems", { "0": "ignored" }],
  ["--compress", { "": "ignored" }],
  ["--security-opt", { a: "ignored" }],
  ["--squash", { "": "ignored" }],
  ["--rm", { "": "ignored" }],
  ["--force-rm", { "": "ignored" }],
  ["--store", { a: "done" }],
  [
    "--isolation",
    {
      auto: "done",
      namespaces: "done",
      default: "done",
      process: "done",
      hyperv: "done",
      runtime: "refused",
      chroot: "refused",
      inplace: "refused",
      other: "refused",
    },
  ],
  ["--dry-run", { "": "done" }],
  ["--explain", { "": "refused" }],
  ["--timings", { a: "refused" }],
  ["--digest-file", { a: "done" }],
  ["--cache-ttl", { "1h": "refused" }],
  ["--cache-mount", { "id=a": "refused" }],
  ["--registry-mirror", { a: "refused" }],
  ["--registry-ca", { a: "done" }],
  ["--registry-client-cert", { a: "refused" }],
  ["--insecure-registry", { a: "done" }],
  ["--retry", { "1": "done" }],
  ["--compression", { gzip: "done" }],
  ["--compression-level", { "1": "done" }],
  ["--rewrite-timestamp", { "": "done" }],
  ["--jobs", { "1": "done" }],
];

describe("the flags of a build", () => {
  it.each(fates)("%s has the fates %j", (name, expected) => {
    const found = Object.fromEntries(Object.keys(expected).map((value) => [value, fateOf(name, value)]));
    expect(found).toEqual(expected);
  });

  it("are these and no others, each once", () => {
    expect(flags.map(longName).sort()).toEqual(fates.map(([name]) => name).sort());
    const short = flags.map(shortName).filter((name) => name !== undefined);
    expect([...short].sort()).toEqual(["-D", "-c", "-f", "-m", "-o", "-q", "-t"]);
  });

  it("say why and what to do when they are refused", () => {
    for (const flag of flags.filter(({ fate }) => fate("type=x").kind === "refused")) {
      const fate = flag.fate("type=x");
      expect("why" in fate ? fate.why : "").toMatch(/later release|docker load|leave it out/);
    }
  });
});
