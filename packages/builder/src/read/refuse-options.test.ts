import { parsePlatform } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import type { BuildOptions } from "../build-options.ts";
import { refuseOptions } from "./refuse-options.ts";

type Part = Partial<BuildOptions>;
const refusing = (part: Part) => () => refuseOptions(part as BuildOptions);
const platforms = ["linux/amd64", "linux/arm64"].map(parsePlatform);

describe("refuseOptions", () => {
  it.each<[Part, RegExp]>([
    [{ buildArgs: { BUILDKIT_SYNTAX: "foo/bar" } }, /the frontend "foo\/bar" that BUILDKIT_SYNTAX names/],
    [{ buildArgs: { BUILDKIT_INLINE_CACHE: "1" } }, /BUILDKIT_INLINE_CACHE/],
    [{ buildArgs: { BUILDKIT_MULTI_PLATFORM: "true" } }, /name several platforms/],
    [{ annotations: { "index:a": "b" } }, /annotate an index with "a"/],
    [{ annotations: { "index-descriptor:a": "b" }, platforms: platforms.slice(1) }, /makes none/],
  ])("refuses %j", (part, message) => {
    expect(refusing(part)).toThrow(message);
  });

  it.each<[Part]>([
    [{}],
    [{ buildArgs: { BUILDKIT_SYNTAX: "docker/dockerfile:1.9", BUILDKIT_INLINE_CACHE: "0" } }],
    [{ buildArgs: { BUILDKIT_MULTI_PLATFORM: "1" }, annotations: { "index:a": "b" }, platforms }],
    [{ annotations: { a: "b", "manifest:a": "b", "manifest-descriptor:a": "b" } }],
  ])("takes %j", (part) => {
    expect(refusing(part)).not.toThrow();
  });
});
