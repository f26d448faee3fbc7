// Which image of an index is for a platform: the exact one, else what the same processor can run too.
// https://github.com/containerd/platforms/blob/v1.0.0-rc.2/compare.go
import type { Descriptor } from "./descriptor.ts";
import { isIndexType, isManifestType } from "./media-types.ts";
import type { Platform } from "./platform.ts";
import { normalizePlatform } from "./platform.ts";

/**
 * The manifest of an index that fits `wanted` best, or `undefined`. Order: the exact variant, lower variants
 * from the highest on, then 386 for amd64 and 32-bit arm for arm64; the first listed among equals; last an
 * image that does not say its platform (check its config). Attestations and other attachments never match.
 */
export function selectPlatform(manifests: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const images = manifests.filter(isImage);
  for (const candidate of runnable(normalizePlatform(wanted))) {
    const found = images.find(({ platform }) => platform !== undefined && matches(platform, candidate));
    if (found !== undefined) return found;
  }
  return images.find(({ platform }) => platform === undefined);
}

function isImage(descriptor: Descriptor): boolean {
  if (!isManifestType(descriptor.mediaType) && !isIndexType(descriptor.mediaType)) return false;
  if (descriptor.annotations?.["vnd.docker.reference.type"] !== undefined) return false;
  const { platform } = descriptor;
  if (platform === undefined) return descriptor.artifactType === undefined;
  return platform.os !== "unknown" && platform.architecture !== "unknown";
}

function matches(offered: Platform, candidate: Platform): boolean {
  const normal = normalizePlatform(offered);
  return (
    normal.os === candidate.os &&
    normal.architecture === candidate.architecture &&
    normal.variant === candidate.variant &&
    matchesOsVersion(normal, candidate) &&
    matchesOsFeatures(normal, candidate)
  );
}

function matchesOsVersion(offered: Platform, candidate: Platform): boolean {
  const wanted = candidate["os.version"];
  if (wanted === undefined) return true;
  // Windows containers need the host's build (10.0.17763), not its revision (10.0.17763.5820).
  const parts = offered.os === "windows" ? 3 : undefined;
  const build = (version: string) => version.split(".").slice(0, parts).join(".");
  return build(offered["os.version"] ?? "") === build(wanted);
}

function matchesOsFeatures(offered: Platform, candidate: Platform): boolean {
  if (offered.os === "windows") return true; // `win32k` is named by images that run everywhere
  const has = candidate["os.features"] ?? [];
  return (offered["os.features"] ?? []).every((feature) => has.includes(feature));
}

/** What a processor can run, best first. */
function* runnable(platform: Platform): Generator<Platform> {
  yield platform;
  switch (platform.architecture) {
    case "amd64":
      for (let level = versionOf(platform) - 1; level >= 1; level--) yield withVariant(platform, `v${level}`);
      yield withVariant({ ...platform, architecture: "386" });
      return;
    case "arm64":
      yield* olderArm64(platform);
      yield* runnable(withVariant({ ...platform, architecture: "arm" }, "v8"));
      return;
    case "arm":
      for (let version = versionOf(platform) - 1; version >= 5; version--)
        yield withVariant(platform, `v${version}`);
  }
}

/** v8.n runs what v8.(n-1) runs; v9.n runs v9.(n-1) and v8.(n+5). */
function* olderArm64(platform: Platform): Generator<Platform> {
  const version = /^v([89])(?:\.(\d{1,2}))?$/.exec(platform.variant ?? "v8");
  if (version === null) return;
  let minor = Number(version[2] ?? 0);
  if (version[1] === "9") {
    for (let m = minor - 1; m >= 0; m--) yield withVariant(platform, `v9.${m}`);
    minor += 6;
  }
  for (let m = minor - 1; m >= 0; m--) yield withVariant(platform, `v8.${m}`);
}

function versionOf(platform: Platform): number {
  const version = /^v(\d{1,2})$/.exec(platform.variant ?? "");
  return version === null ? 0 : Number(version[1]);
}

function withVariant(platform: Platform, variant?: string): Platform {
  const { variant: _, ...rest } = platform;
  return normalizePlatform(variant === undefined ? rest : { ...rest, variant });
}
