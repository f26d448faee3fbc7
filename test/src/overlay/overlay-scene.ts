// An overlay that really is one: lower folders, changes through a mount, and what @tsbuild/sandbox makes of the upper
// folder, in a mount namespace of its own. What must come out is read from the mount itself, by lstat and getfattr.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Tree, TreeNode } from "../compare/tree-node.ts";

export const places = ["as root", "in a user namespace"] as const;
export type Place = (typeof places)[number];

export interface OverlayScene {
  /** A shell script that fills the lower layer; its working folder is there. */
  readonly lower: string;
  /** A shell script that changes the mounted tree; its working folder is there. */
  readonly change: string;
  /** Mount points that no layer has: a script that makes them in a lower layer above, and their paths. */
  readonly stub?: string;
  readonly phantoms?: readonly string[];
}

export interface OverlayOutcome {
  /** What the layer says, a line for each row. */
  readonly rows: readonly string[];
  readonly leftovers: readonly string[];
  readonly warnings: readonly string[];
  /** The layer's tar, and that of the lower layer by GNU tar. */
  readonly layer: string;
  readonly lowerLayer: string;
  /** What a process saw when all changes were made. */
  readonly seen: Tree;
  /** What a process sees on the settled upper folder and the lower layer. */
  readonly settled: Tree;
  /** The settled upper folder itself, and a folder that the layer was unpacked to. */
  readonly upper: Tree;
  readonly unpacked: Tree;
}

const programs = {
  CHANGE_TREE: new URL("change-tree.ts", import.meta.url),
  PRINT_TREE: new URL("print-tree.ts", import.meta.url),
  PACK: new URL("../../../packages/sandbox/src/changes/pack-upper-process.fixture.ts", import.meta.url),
};

const script = `
umask 022
cd "$FOLDER"
mkdir -m 755 lower stub upper work merged
(cd lower; eval "$LOWER")
(cd stub; eval "$STUB")
tar -C lower --xattrs --xattrs-include='*' --numeric-owner --format=pax --pax-option=delete=atime,delete=ctime -cf lower.tar .
mount -n -t overlay overlay -o "$OPTIONS,lowerdir=stub:lower,upperdir=upper,workdir=work" merged
(cd merged; eval "$CHANGE")
"$NODE" "$PRINT_TREE" merged > seen.json
umount -n merged
"$NODE" "$PACK" "$FOLDER/upper" "$FOLDER/store" "$FOLDER/unpacked" "$PACK_OPTIONS" > packed.json
mount -n -t overlay overlay -o "$READING,lowerdir=upper:lower" merged
"$NODE" "$PRINT_TREE" merged upper unpacked > made.json
umount -n merged
`;

/** Plays the scene in `folder`, which is empty. Only for root. */
export async function playOverlayScene(
  folder: string,
  place: Place,
  { lower, change, stub = ":", phantoms = [] }: OverlayScene,
): Promise<OverlayOutcome> {
  const flavour = place === "as root" ? "trusted" : "user";
  const env = {
    ...process.env,
    ...Object.fromEntries(Object.entries(programs).map(([name, url]) => [name, fileURLToPath(url)])),
    FOLDER: folder,
    NODE: process.execPath,
    LOWER: lower,
    CHANGE: change,
    STUB: stub,
    OPTIONS: place === "as root" ? "nodev,redirect_dir=off,metacopy=off,index=off" : "nodev,userxattr",
    READING: place === "as root" ? "ro" : "ro,userxattr",
    PACK_OPTIONS: JSON.stringify({ flavour, phantoms }),
  };
  await runInNamespaces(place, env);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const trees = (name: string): Tree[] =>
    (JSON.parse(read(name)) as [string, TreeNode][][]).map((nodes) => new Map(nodes));
  const [seen] = trees("seen.json");
  const [settled, upper, unpacked] = trees("made.json");
  if (!seen || !settled || !upper || !unpacked) throw new Error("Cannot play the scene: a tree is missing");
  return {
    ...(JSON.parse(read("packed.json")) as Pick<OverlayOutcome, "rows" | "leftovers" | "warnings" | "layer">),
    lowerLayer: join(folder, "lower.tar"),
    ...{ seen, settled, upper, unpacked },
  };
}

/** In a user namespace root stays itself, and has 65,535 other users. */
async function runInNamespaces(place: Place, env: NodeJS.ProcessEnv): Promise<void> {
  const namespaces = place === "as root" ? [] : ["--user"];
  const waiting = 'echo ready; read _; exec sh -e -c "$1"';
  const child = spawn(
    "unshare",
    [...namespaces, "--mount", "--propagation", "private", "--", "sh", "-c", waiting, "sh", script],
    { env, stdio: ["pipe", "pipe", "pipe"] },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdout.once("data", () => {
    if (place !== "as root") {
      for (const map of ["uid_map", "gid_map"])
        writeFileSync(`/proc/${child.pid}/${map}`, "0 0 1\n1 100001 65535\n");
    }
    child.stdin.end("\n");
  });
  const [status, stderr] = await Promise.all([ended, text(child.stderr)]);
  if (status !== 0) throw new Error(`Cannot play the scene: exit status ${status}\n${stderr}`);
}
