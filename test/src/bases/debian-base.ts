// The real bases: Debian's smallest root filesystem by mmdebstrap, and a larger one with languages in it (over 300 MB).
// They come from the apt sources that this machine is set up with; nothing here names a host.
import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";
import { findOrMake } from "./base-cache.ts";
import { writeSingleLayerImage } from "./single-layer-image.ts";

const config = {
  Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
  Cmd: ["bash"],
};

/** The folder of an OCI layout with the tag `debian`: minbase, about 170 MB. */
export function findDebianBase(): Promise<string> {
  return findBootstrapped("debian", []);
}

/** The folder of an OCI layout with the tag `large`: about 370 MB, 13,000 entries. */
export function findLargeBase(): Promise<string> {
  return findBootstrapped("large", ["python3", "nodejs", "git", "curl", "perl"]);
}

async function findBootstrapped(tag: string, packages: readonly string[]): Promise<string> {
  const suite = await readSuite();
  return findOrMake({
    name: `base-${tag}`,
    ingredients: { suite, packages, config, version: 1 },
    make: async (folder) => {
      const tar = join(folder, "root.tar");
      const include = packages.length === 0 ? [] : [`--include=${packages.join(",")}`];
      await runOrThrow(
        "mmdebstrap",
        [
          "--quiet",
          "--mode=root",
          "--variant=minbase",
          "--format=tar",
          ...include,
          suite,
          tar,
          ...(await listSources(suite)),
        ],
        { env: { ...process.env, SOURCE_DATE_EPOCH: "1700000000" } },
      );
      await writeSingleLayerImage({ tar, config, folder, tag });
      await rm(tar);
    },
  });
}

/** `bookworm`, `trixie`: the release that this machine runs. */
async function readSuite(): Promise<string> {
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1];
  if (suite === undefined) throw new Error("Cannot make a Debian base: /etc/os-release names no release");
  return suite;
}

/** The files among apt's sources that speak of the release itself, and not of some vendor's packages. */
async function listSources(suite: string): Promise<string[]> {
  const folder = "/etc/apt/sources.list.d";
  const listed = existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
  const candidates = ["/etc/apt/sources.list", ...listed].filter(
    (path) => existsSync(path) && /\.(list|sources)$/.test(path),
  );
  const texts = await Promise.all(candidates.map((path) => readFile(path, "utf8")));
  return candidates.filter((_, index) => new RegExp(`^(?!#).*\\s${suite}\\s`, "m").test(`${texts[index]}\n`));
}
