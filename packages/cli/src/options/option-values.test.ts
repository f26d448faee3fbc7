import { formatPlatform, hostPlatform } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import { parseCompression } from "./compression-option.ts";
import { parseTag } from "./image-name.ts";
import { parseCount } from "./number-option.ts";
import { parsePlatforms } from "./platform-option.ts";
import { parseSourceDateEpoch } from "./source-date-epoch.ts";
import { storeFolder } from "./store-folder.ts";

describe("parsePlatforms", () => {
  const names = (...values: string[]) => parsePlatforms(values).map(formatPlatform);

  it("takes commas and repetition alike, each platform once", () => {
    expect(names("linux/amd64,linux/arm64", "linux/arm/v7")).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
    expect(names("linux/arm64/v8", "linux/aarch64")).toEqual(["linux/arm64"]);
    expect(names("local")).toEqual([formatPlatform(hostPlatform())]);
    expect(names()).toEqual([]);
  });

  it("refuses what is no platform", () => {
    expect(() => parsePlatforms(["linux/a/b/c/d"])).toThrow("Cannot read --platform");
  });
});

describe("parseSourceDateEpoch", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["0", 0],
    ["1700000000", 1_700_000_000],
  ])("reads %j", (text, seconds) => {
    expect(parseSourceDateEpoch(text)).toBe(seconds);
  });

  it.each(["-1", "1.5", "now", "0x10", " 1", "999999999999"])("refuses %j", (text) => {
    expect(() => parseSourceDateEpoch(text)).toThrow("SOURCE_DATE_EPOCH");
  });
});

describe("parseCompression", () => {
  it.each([
    [undefined, undefined, undefined],
    ["gzip", undefined, { kind: "gzip" }],
    ["uncompressed", undefined, { kind: "none" }],
    [undefined, "9", { kind: "gzip", level: 9 }],
    ["zstd", "19", { kind: "zstd", level: 19 }],
  ])("reads %j and level %j", (kind, level, expected) => {
    expect(parseCompression(kind, level, "--compression")).toEqual(expected);
  });

  it.each([
    ["gzip", "10", "0 to 9"],
    ["zstd", "23", "0 to 22"],
    ["none", "1", "nothing is compressed"],
    ["gzip", "-1", "0 to 9"],
    ["xz", undefined, "choose gzip, zstd or uncompressed"],
  ])("refuses %j with level %j", (kind, level, reason) => {
    expect(() => parseCompression(kind, level, "--compression")).toThrow(reason);
  });
});

describe("parseTag", () => {
  it("fills in docker's defaults", () => {
    expect(parseTag("app")).toMatchObject({
      registry: "docker.io",
      repository: "library/app",
      tag: "latest",
    });
  });

  it("refuses a digest and wrong grammar, naming the flag", () => {
    expect(() => parseTag(`app@sha256:${"a".repeat(64)}`, "--tag")).toThrow("cannot be given to an image");
    expect(() => parseTag("App", "--tag")).toThrow("Cannot use --tag App");
  });
});

describe("parseCount", () => {
  it("refuses what is no whole number in range", () => {
    expect(parseCount("3", "--jobs", 1)).toBe(3);
    expect(parseCount(undefined, "--jobs", 1)).toBeUndefined();
    for (const text of ["0", "-1", "1.5", "x", ""])
      expect(() => parseCount(text, "--jobs", 1)).toThrow("--jobs");
  });
});

describe("storeFolder", () => {
  it("is the flag, else TSBUILD_STORE, else the XDG data folder, else the home's", () => {
    const env = { TSBUILD_STORE: "s", XDG_DATA_HOME: "/data", HOME: "/home/me" };
    expect(storeFolder("mine", { env, cwd: "/home/me" })).toBe("/home/me/mine");
    expect(storeFolder(undefined, { env, cwd: "/home/me" })).toBe("/home/me/s");
    expect(storeFolder(undefined, { env: { ...env, TSBUILD_STORE: "" }, cwd: "/home/me" })).toBe(
      "/data/tsbuild",
    );
    expect(
      storeFolder(undefined, { env: { HOME: "/home/me", XDG_DATA_HOME: "relative" }, cwd: "/home/me" }),
    ).toBe("/home/me/.local/share/tsbuild");
  });
});
