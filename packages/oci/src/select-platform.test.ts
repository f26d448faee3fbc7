import { describe, expect, it } from "vitest";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { mediaTypes } from "./media-types.ts";
import type { Platform } from "./platform.ts";
import { parsePlatform } from "./platform.ts";
import { selectPlatform } from "./select-platform.ts";

function image(name: string, more: Partial<Descriptor> = {}): Descriptor {
  const platform: { platform?: Platform } = name === "" ? {} : { platform: rawPlatform(name) };
  return { mediaType: mediaTypes.ociManifest, digest: digestOf(name), size: 1, ...platform, ...more };
}

/** As an index has it: not normalised. */
function rawPlatform(name: string): Platform {
  const [os = "", architecture = "", variant] = name.split("/");
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function select(offered: string[], wanted: string): string | undefined {
  const images = offered.map((name) => image(name));
  const found = selectPlatform(images, parsePlatform(wanted));
  return offered.find((name) => digestOf(name) === found?.digest);
}

describe("selectPlatform", () => {
  it.each([
    ["the exact platform", ["linux/arm64", "linux/amd64"], "linux/amd64", "linux/amd64"],
    ["an alias of it", ["linux/x86_64"], "linux/amd64", "linux/x86_64"],
    ["v8 for arm64 without a variant", ["linux/arm64/v8"], "linux/arm64", "linux/arm64/v8"],
    ["no variant for arm64/v8", ["linux/arm64"], "linux/arm64/v8", "linux/arm64"],
    ["arm without a variant for v7", ["linux/arm"], "linux/arm/v7", "linux/arm"],
    [
      "the exact arm variant",
      ["linux/arm/v5", "linux/arm/v6", "linux/arm/v7"],
      "linux/arm/v6",
      "linux/arm/v6",
    ],
    ["the highest lower arm variant", ["linux/arm/v5", "linux/arm/v6"], "linux/arm/v7", "linux/arm/v6"],
    ["arm/v7 for arm/v8", ["linux/arm/v7"], "linux/arm/v8", "linux/arm/v7"],
    ["nothing for an older arm", ["linux/arm/v7"], "linux/arm/v6", undefined],
    ["32-bit arm for arm64", ["linux/arm/v6", "linux/arm/v7"], "linux/arm64", "linux/arm/v7"],
    ["arm64 before 32-bit arm", ["linux/arm/v7", "linux/arm64"], "linux/arm64", "linux/arm64"],
    ["plain arm64 for arm64/v9", ["linux/arm/v7", "linux/arm64/v8"], "linux/arm64/v9", "linux/arm64/v8"],
    ["v8.5 for v9", ["linux/arm64/v8.5", "linux/arm64/v8.6"], "linux/arm64/v9", "linux/arm64/v8.5"],
    ["nothing for arm64 when only v9 is there", ["linux/arm64/v9"], "linux/arm64", undefined],
    ["386 for amd64", ["linux/386"], "linux/amd64", "linux/386"],
    ["amd64 before 386", ["linux/386", "linux/amd64"], "linux/amd64", "linux/amd64"],
    ["a lower level for amd64/v3", ["linux/amd64", "linux/amd64/v2"], "linux/amd64/v3", "linux/amd64/v2"],
    ["the plain image for amd64/v3", ["linux/386", "linux/amd64"], "linux/amd64/v3", "linux/amd64"],
    ["nothing for amd64 when only v2 is there", ["linux/amd64/v2"], "linux/amd64", undefined],
    ["nothing of another system", ["windows/amd64"], "linux/amd64", undefined],
    ["nothing from nothing", [], "linux/amd64", undefined],
    ["an image that does not say its platform, at last", ["", "linux/386"], "linux/amd64", "linux/386"],
    ["an image that does not say its platform, if alone", ["linux/s390x", ""], "linux/amd64", ""],
  ])("finds %s", (_, offered, wanted, found) => {
    expect(select(offered, wanted)).toBe(found);
  });

  it("takes the first listed of equals", () => {
    const first = image("linux/amd64", { digest: digestOf("first") });
    expect(selectPlatform([first, image("linux/amd64")], parsePlatform("linux/amd64"))).toBe(first);
  });

  it("skips attestations, attachments and what is no manifest", () => {
    const wanted = parsePlatform("linux/amd64");
    const attestation = { annotations: { "vnd.docker.reference.type": "attestation-manifest" } };
    expect(selectPlatform([image("unknown/unknown")], wanted)).toBeUndefined();
    expect(selectPlatform([image("linux/amd64", attestation)], wanted)).toBeUndefined();
    expect(selectPlatform([image("", { artifactType: "application/x" })], wanted)).toBeUndefined();
    expect(
      selectPlatform([image("linux/amd64", { mediaType: mediaTypes.ociLayer })], wanted),
    ).toBeUndefined();
  });

  it("compares the builds of Windows, not the revisions", () => {
    const windows = (version: string) =>
      image("", { platform: { os: "windows", architecture: "amd64", "os.version": version } });
    const images = [windows("10.0.20348.1"), windows("10.0.17763.5820")];
    expect(selectPlatform(images, parsePlatform("windows(10.0.17763.1)/amd64"))).toBe(images[1]);
    expect(selectPlatform(images, parsePlatform("windows/amd64"))).toBe(images[0]);
    expect(selectPlatform(images, parsePlatform("windows(10.0.1)/amd64"))).toBeUndefined();
  });

  it("does not take an image that needs a feature which was not asked for", () => {
    const platform = { os: "linux", architecture: "amd64", "os.features": ["erofs"] };
    const images = [image("", { platform })];
    expect(selectPlatform(images, parsePlatform("linux/amd64"))).toBeUndefined();
    expect(selectPlatform(images, parsePlatform("linux(+erofs)/amd64"))).toBe(images[0]);
  });
});
