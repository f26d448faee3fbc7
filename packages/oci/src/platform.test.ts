import { describe, expect, it } from "vitest";
import { formatPlatform, hostPlatform, normalizePlatform, parsePlatform } from "./platform.ts";

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["Linux/X86-64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/i386", "linux/386"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm64/8", "linux/arm64"],
    ["linux/arm64/v8.0", "linux/arm64"],
    ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm64/9.0", "linux/arm64/v9"],
    ["linux/arm64/8.2", "linux/arm64/v8.2"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/7", "linux/arm/v7"],
    ["linux/arm/v6", "linux/arm/v6"],
    ["linux/arm/5", "linux/arm/v5"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["macos/arm64", "darwin/arm64"],
    ["linux/riscv64", "linux/riscv64"],
    ["plan10/quantum/v2", "plan10/quantum/v2"],
    ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
    ["windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64"],
    ["linux(+erofs)/amd64", "linux(+erofs)/amd64"],
  ])("reads %s as %s", (text, normal) => {
    expect(formatPlatform(parsePlatform(text))).toBe(normal);
    expect(parsePlatform(normal)).toEqual(parsePlatform(text));
  });

  it("takes what is not said from the host", () => {
    const host = hostPlatform();
    expect(parsePlatform("windows")).toEqual({ ...host, os: "windows" });
    expect(parsePlatform("s390x")).toEqual({ os: host.os, architecture: "s390x" });
    expect(parsePlatform("arm")).toMatchObject({ os: host.os, architecture: "arm" });
    expect(parsePlatform(host.architecture)).toEqual(host);
  });

  it("gives version and features their members", () => {
    expect(parsePlatform("windows(10.0.1+a+b)/amd64")).toEqual({
      os: "windows",
      architecture: "amd64",
      "os.version": "10.0.1",
      "os.features": ["a", "b"],
    });
  });

  it.each([
    "",
    "/",
    "linux/",
    "/amd64",
    "linux/amd64/v1/x",
    "linux/*",
    "*",
    "linux amd64",
    "nosuch",
    "linux/am64!",
    "a(b/c",
  ])("refuses %j", (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: "PLATFORM_INVALID" }));
  });
});

describe("normalizePlatform", () => {
  it("keeps members that it does not know", () => {
    const platform = { os: "Linux", architecture: "x86_64", variant: "v1", features: ["sse4"] };
    expect(normalizePlatform(platform)).toEqual({ os: "linux", architecture: "amd64", features: ["sse4"] });
  });
});

describe("hostPlatform", () => {
  it("is in normal form and never macOS, where images are Linux's", () => {
    expect(normalizePlatform(hostPlatform())).toEqual(hostPlatform());
    expect(hostPlatform().os).not.toBe("darwin");
  });
});
