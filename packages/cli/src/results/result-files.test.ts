import type { BuildResult } from "@tsbuild/builder";
import { digestOf, mediaTypes, parseReference } from "@tsbuild/oci";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatMetadata, imageId, writeResultFiles } from "./result-files.ts";

const descriptor = (mediaType: string, text: string) => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
});
const manifest = descriptor(mediaTypes.ociManifest, "manifest");
const config = descriptor(mediaTypes.ociConfig, "config");
const image = { platform: { os: "linux", architecture: "amd64" }, manifest, config };

const single: BuildResult = {
  root: manifest,
  digest: manifest.digest,
  images: [image],
  names: [parseReference("app:1"), parseReference("registry.example/app:1")],
  steps: { total: 2, cached: 1 },
};
const index = descriptor(mediaTypes.ociIndex, "index");
const several: BuildResult = {
  ...single,
  root: index,
  digest: index.digest,
  images: [image, image],
  names: [],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbuild-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("imageId", () => {
  it("is the config's digest, or the index's digest for several platforms", () => {
    expect(imageId(single)).toBe(config.digest);
    expect(imageId(several)).toBe(index.digest);
  });
});

describe("formatMetadata", () => {
  it("has docker's keys, without those that do not apply", () => {
    expect(formatMetadata(single)).toEqual({
      "containerimage.config.digest": config.digest,
      "containerimage.descriptor": manifest,
      "containerimage.digest": manifest.digest,
      "image.name": "docker.io/library/app:1,registry.example/app:1",
    });
    expect(Object.keys(formatMetadata(several))).toEqual([
      "containerimage.descriptor",
      "containerimage.digest",
    ]);
  });
});

describe("writeResultFiles", () => {
  const nothing = { iidfile: undefined, digestFile: undefined, metadataFile: undefined };

  it("writes the files asked for and leaves nothing else", async () => {
    await writeResultFiles({ iidfile: "iid", digestFile: "digest", metadataFile: "meta" }, single, folder);
    expect(readFileSync(join(folder, "iid"), "utf8")).toBe(config.digest);
    expect(readFileSync(join(folder, "digest"), "utf8")).toBe(manifest.digest);
    expect(JSON.parse(readFileSync(join(folder, "meta"), "utf8"))).toEqual(formatMetadata(single));
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it("writes through a link instead of replacing it", async () => {
    symlinkSync("target", join(folder, "link"));
    await writeResultFiles({ ...nothing, iidfile: "link" }, single, folder);
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "target"), "utf8")).toBe(config.digest);
  });

  it("names the file that cannot be written", async () => {
    await expect(writeResultFiles({ ...nothing, digestFile: "no/where" }, single, folder)).rejects.toThrow(
      "Cannot write no/where: ",
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
