import type { ImageConfig } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import { imagePlatform } from "./image-platform.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };
const base = (platform: Partial<ImageConfig>): ImageConfig => ({
  ...amd64,
  rootfs: { type: "layers", diff_ids: [] },
  ...platform,
});

describe("imagePlatform", () => {
  it("is the one asked for, whatever the base is for", () => {
    expect(imagePlatform({ asked: arm64, stage: amd64, base: base({}) })).toEqual(arm64);
    expect(imagePlatform({ asked: arm64, stage: amd64, base: undefined })).toEqual(arm64);
  });

  it("is that of the base when none is asked for", () => {
    const found = imagePlatform({
      asked: undefined,
      stage: amd64,
      base: base({ architecture: "arm", variant: "v6" }),
    });
    expect(found).toEqual({ os: "linux", architecture: "arm", variant: "v6" });
  });

  it("keeps the base's variant where the request has none", () => {
    const found = imagePlatform({ asked: amd64, stage: amd64, base: base({ variant: "v3" }) });
    expect(found).toEqual({ ...amd64, variant: "v3" });
  });

  it("is that of FROM --platform=… scratch when none is asked for", () => {
    expect(imagePlatform({ asked: undefined, stage: arm64, base: undefined })).toEqual(arm64);
  });

  it("drops the variant that says nothing", () => {
    const found = imagePlatform({
      asked: undefined,
      stage: amd64,
      base: base({ architecture: "arm64", variant: "v8" }),
    });
    expect(found).toEqual(arm64);
  });
});
