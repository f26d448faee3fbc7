// Reads an unpacked root filesystem by lstat, readlink and getfattr: with nothing of the packages under test.
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import { runOrThrow } from "../machine/run-program.ts";
import type { Tree, TreeNode } from "./tree-node.ts";

/** A path below the root with one character per byte (latin1), since a name need not be valid UTF-8. */
type BytePath = string;

/** Every path below `root`, `/` included, in byte order. Run as root: it reads files that others may not. */
export async function walkTree(root: string): Promise<Tree> {
  const paths = ["/", ...listBelow(root, "/")].sort();
  const stats = new Map(paths.map((path) => [path, lstatSync(onDisk(root, path), { bigint: true })]));
  const xattrs = await readXattrs(root);
  const groups = groupHardLinks(stats);
  return new Map(
    [...stats].map(([path, stat]) => {
      const name = toText(path);
      return [name, describeNode(onDisk(root, path), name, stat, groups.get(path), xattrs.get(name))];
    }),
  );
}

function onDisk(root: string, path: BytePath): Buffer {
  return Buffer.from(join(Buffer.from(root).toString("latin1"), path), "latin1");
}

/** Bytes that are no UTF-8 become `\\xff`, so that two of them stay two. */
function toText(path: BytePath): string {
  const text = Buffer.from(path, "latin1").toString("utf8");
  if (!text.includes("\ufffd")) return text;
  return path.replace(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

function listBelow(root: string, folder: BytePath): BytePath[] {
  return readdirSync(onDisk(root, folder), { withFileTypes: true, encoding: "latin1" }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...listBelow(root, path)] : [path];
  });
}

function describeNode(
  file: Buffer,
  path: string,
  stat: BigIntStats,
  sharedWith: string | undefined,
  xattrs: string | undefined,
): TreeNode {
  const kind = kindOf(stat);
  return {
    path,
    kind,
    mode: (Number(stat.mode) & 0o7777).toString(8).padStart(4, "0"),
    owner: `${stat.uid}:${stat.gid}`,
    modified: Number(stat.mtimeNs / 1_000_000_000n),
    ...(kind === "file" && { size: Number(stat.size), content: digestOf(file) }),
    ...(kind === "symlink" && { target: toText(readlinkSync(file, "latin1")) }),
    ...((kind === "char" || kind === "block") && { device: formatDevice(stat.rdev) }),
    ...(sharedWith !== undefined && { sharedWith }),
    ...(xattrs !== undefined && { xattrs }),
  };
}

function kindOf(stat: BigIntStats): TreeNode["kind"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  if (stat.isFIFO()) return "fifo";
  if (stat.isSocket()) return "socket";
  return stat.isBlockDevice() ? "block" : "char";
}

function digestOf(path: Buffer): string {
  return `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

/** As glibc's makedev packs them. */
function formatDevice(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

function groupHardLinks(stats: ReadonlyMap<BytePath, BigIntStats>): Map<BytePath, string> {
  const byInode = new Map<bigint, string[]>();
  for (const [path, stat] of stats) {
    if (stat.isDirectory() || stat.nlink < 2n) continue;
    byInode.set(stat.ino, [...(byInode.get(stat.ino) ?? []), path]);
  }
  const groups = new Map<string, string>();
  for (const paths of byInode.values()) {
    if (paths.length > 1) for (const path of paths) groups.set(path, paths.map(toText).join(" "));
  }
  return groups;
}

/** getfattr escapes odd bytes of a name as `\ooo`; its attributes come as `name=0x…`. */
async function readXattrs(root: string): Promise<Map<string, string>> {
  const args = [
    "--recursive",
    "--no-dereference",
    "--physical",
    "--dump",
    "--match=-",
    "--encoding=hex",
    "--absolute-names",
  ];
  const dump = await runOrThrow("getfattr", [...args, root]);
  const found = new Map<string, string>();
  for (const block of dump.split("\n\n")) {
    const [first = "", ...lines] = block.split("\n").filter((line) => line !== "");
    if (!first.startsWith("# file: ")) continue;
    const path = unescapeName(first.slice("# file: ".length)).slice(root.length);
    found.set(path === "" ? "/" : path, lines.sort().join(" "));
  }
  return found;
}

function unescapeName(name: string): string {
  return name.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
