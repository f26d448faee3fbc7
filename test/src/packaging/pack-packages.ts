// The packages as they will be published: packed by pnpm, which rewrites `exports` and workspace versions.
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "../command/run-tsbuild.ts";
import { runOrThrow } from "../machine/run-program.ts";

/** Resolves to the tarballs' paths, by package name. `tsc -b` must have been run. */
export async function packPackages(folder: string): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true });
  const tarballs = new Map<string, string>();
  for (const name of await readdir(join(checkout, "packages"))) {
    const cwd = join(checkout, "packages", name);
    const manifest = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
    await runOrThrow("npx", ["-y", "pnpm@10.34.8", "pack", "--pack-destination", folder], { cwd });
    tarballs.set(
      manifest.name,
      join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`),
    );
  }
  return tarballs;
}
