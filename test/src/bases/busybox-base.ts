// The small base: busybox with a link for each applet, users and groups, and the shapes that COPY can trip over
// (symlinked folders, a dangling link, hard links, modes). A megabyte, made in a second, without root.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod, copyFile, link, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../machine/find-program.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { findOrMake } from "./base-cache.ts";
import { writeSingleLayerImage } from "./single-layer-image.ts";

const folders: Record<string, number> = {
  bin: 0o755,
  etc: 0o755,
  home: 0o755,
  "home/app": 0o750,
  "home/app/.config": 0o700,
  opt: 0o755,
  "opt/releases": 0o755,
  "opt/releases/one": 0o755,
  root: 0o700,
  run: 0o755,
  "srv/private": 0o700,
  srv: 0o755,
  tmp: 0o1777,
  usr: 0o755,
  "usr/lib": 0o755,
  var: 0o755,
  "var/data": 0o2775,
};

const files: Record<string, string> = {
  "etc/passwd": [
    "root:x:0:0:root:/root:/bin/sh",
    "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
    "app:x:1000:1001:App:/home/app:/bin/sh",
    "big:x:3000000:3000001::/home/big:/bin/sh",
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
  ].join("\n"),
  "etc/group": "root:x:0:\ndaemon:x:1:\napp:x:1001:\nstaff:x:50:app\nbiggroup:x:3000001:\nnogroup:x:65534:\n",
  "etc/hostname": "base\n",
  "opt/releases/one/version": "one\n",
  "srv/private/secret": "kept\n",
  "var/data/first": "shared inode\n",
  "var/data/old.txt": "old\n",
};

const links: Record<string, string> = {
  lib: "usr/lib",
  "opt/current": "releases/one",
  "opt/absolute": "/opt/releases/one",
  "opt/escape": "../../../../opt/releases",
  "var/run": "/run",
  "var/dangling": "/nowhere/at/all",
  "var/old-link": "data/old.txt",
};

const config = { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"] };

/** The folder of an OCI layout with the tag `busybox`. */
export async function findBusyboxBase(): Promise<string> {
  const busybox = findProgram("busybox");
  if (busybox === undefined) throw new Error("Cannot make the busybox base: busybox is not installed");
  const program = createHash("sha256").update(readFileSync(busybox)).digest("hex");
  return findOrMake({
    name: "base-busybox",
    ingredients: { program, folders, files, links, config, version: 1 },
    make: async (folder) => {
      const tree = join(folder, "tree");
      await makeTree(busybox, tree);
      const tar = join(folder, "tree.tar");
      // Two passes, since tar gives all that it adds the owner that it is told: so no root is needed.
      await runOrThrow("tar", [
        "--create",
        "--file",
        tar,
        ...tarOptions(0, 0),
        "--exclude=./home/app",
        "-C",
        tree,
        ".",
      ]);
      await runOrThrow("tar", [
        "--append",
        "--file",
        tar,
        ...tarOptions(1000, 1001),
        "-C",
        tree,
        "./home/app",
      ]);
      await writeSingleLayerImage({ tar, config, folder, tag: "busybox" });
      await Promise.all([tree, tar].map((path) => rm(path, { recursive: true, force: true })));
    },
  });
}

function tarOptions(uid: number, gid: number): string[] {
  const owner = [`--owner=${uid}`, `--group=${gid}`, "--numeric-owner"];
  return ["--format=gnu", "--sort=name", "--mtime=@1700000000", ...owner];
}

async function makeTree(busybox: string, tree: string): Promise<void> {
  for (const path of Object.keys(folders)) await mkdir(join(tree, path), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await writeFile(join(tree, path), text);
    await chmod(join(tree, path), path === "srv/private/secret" ? 0o600 : 0o644);
  }
  for (const [path, target] of Object.entries(links)) await symlink(target, join(tree, path));
  await link(join(tree, "var/data/first"), join(tree, "var/data/second"));
  await copyFile(busybox, join(tree, "bin/busybox"));
  await chmod(join(tree, "bin/busybox"), 0o755);
  const applets = (await runOrThrow(busybox, ["--list"]))
    .split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  for (const applet of applets) await symlink("busybox", join(tree, "bin", applet));
  for (const [path, mode] of Object.entries(folders)) await chmod(join(tree, path), mode);
  await chmod(tree, 0o755);
}
