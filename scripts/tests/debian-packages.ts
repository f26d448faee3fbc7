// Installs the Debian packages that tests use as peers and oracles, where that is allowed: as root, with apt-get.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findProgram } from "../../test/src/machine/find-program.ts";
import { isRoot } from "../../test/src/machine/requirement.ts";

/** A package and how to tell that it is there. */
const packages: Readonly<Record<string, string>> = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  buildah: "buildah",
  umoci: "umoci",
  crun: "crun",
  runc: "runc",
  mmdebstrap: "mmdebstrap",
  "busybox-static": "busybox",
  uidmap: "newuidmap",
  "xz-utils": "xz",
  bzip2: "bzip2",
  zstd: "zstd",
  attr: "getfattr",
  "libcap2-bin": "setcap",
  "golang-github-opencontainers-image-spec-dev":
    "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema",
};

export function missingPackages(): string[] {
  return Object.entries(packages)
    .filter(([, sign]) => (sign.startsWith("/") ? !existsSync(sign) : findProgram(sign) === undefined))
    .map(([name]) => name);
}

/** Why nothing may be installed here; undefined when it may. */
export function whyNotInstall(): string | undefined {
  if (findProgram("apt-get") === undefined) return "this machine has no apt-get";
  return isRoot() ? undefined : "that takes root";
}

/** One after the other when all at once fails, so that a package which this release lacks costs only its tests. */
export function installPackages(names: readonly string[]): void {
  aptGet("update");
  if (install(names)) return;
  for (const name of names) if (!install([name])) console.log(`  could not install ${name}`);
}

function install(names: readonly string[]): boolean {
  return aptGet("install", "--yes", "--no-install-recommends", ...names);
}

function aptGet(...args: string[]): boolean {
  const { status, stderr } = spawnSync("apt-get", ["--quiet=2", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) console.log(stderr.trim().split("\n").slice(-5).join("\n"));
  return status === 0;
}
