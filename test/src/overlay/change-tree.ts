// A program: `node change-tree.ts <folder> <seed> <steps>` changes the tree at random, the same way for the same seed. Names
// are few, so that things often take each other's place. What the file system refuses is passed over.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";

const [root = "", seed = "", steps = ""] = process.argv.slice(2);
/** One character a byte. */
const names = ["a", "b", "c", "d e", "new\nline", "\xff\xfe", "\xc3\xa9", "n".repeat(120)];
let state = Math.imul(Number(seed) + 1, 0x9e37_79b1) >>> 0;

/** What a step may work on; paths have one character a byte. */
interface Chosen {
  /** In some folder; often nothing is there. */
  readonly fresh: string;
  /** Something that is there and is no folder. */
  readonly some: string;
  /** A folder, and not the root. */
  readonly folder: string;
  /** A folder or the root. */
  readonly place: string;
}

type Step = (chosen: Chosen) => void;

const additions: readonly Step[] = [
  ({ fresh }) => writeFileSync(bytes(fresh), content(), { flag: "wx" }),
  ({ fresh }) => mkdirSync(bytes(fresh)),
  ({ fresh }) => makeFolders(fresh),
  ({ fresh }) => symlinkSync(bytes(pick(["a", "../b", "/etc/passwd", "\xff"])), bytes(fresh)),
  // GNU tar, which packs the lower layer, forgets that two pipes are one.
  ({ fresh, some }) => (isFile(some) || isLink(some)) && linkSync(bytes(some), bytes(fresh)),
  ({ fresh }) => shell("mkfifo", fresh),
  ({ fresh }) => shell("mknod", fresh, "c 1 3"),
];

const changes: readonly Step[] = [
  ({ some }) => isFile(some) && writeFileSync(bytes(some), content()),
  ({ some }) => isFile(some) && writeFileSync(bytes(some), content(), { flag: "a" }),
  ({ some }) => isFile(some) && truncateSync(bytes(some), random(100_000)),
  ({ some }) => unlinkSync(bytes(some)),
  ({ some }) => unlinkSync(bytes(some)),
  ({ fresh, some }) => renameSync(bytes(some), bytes(fresh)),
  ({ place, some }) => renameSync(bytes(some), bytes(`${place}/${pick(names)}`)),
  ({ some }) => isFile(some) && chmodSync(bytes(some), pick([0o644, 0o755, 0o4755, 0o600, 0o2711])),
  ({ some }) => lchownSync(bytes(some), random(3) * 1000, random(3) * 7),
  ({ some }) => lutimesSync(bytes(some), 1, pick(["1234567890.25", "-7", "0"])),
  ({ some }) => setAttribute(some),
  ({ place }) => setAttribute(place),
  ({ place }) => chmodSync(bytes(place), pick([0o755, 0o700, 0o1777, 0o2775])),
  ({ place }) => lchownSync(bytes(place), random(3) * 1000, random(3) * 7),
  ({ folder }) => rmSync(bytes(folder), { recursive: true }),
  ({ folder, fresh }) => renameSync(bytes(folder), bytes(fresh)),
  // Something else in its place.
  ({ folder }) => {
    rmSync(bytes(folder), { recursive: true });
    mkdirSync(bytes(folder));
    if (random(2) === 0) writeFileSync(bytes(`${folder}/${pick(names)}`), content());
  },
  ({ folder }) => {
    rmSync(bytes(folder), { recursive: true });
    writeFileSync(bytes(folder), content());
  },
  ({ some }) => {
    unlinkSync(bytes(some));
    mkdirSync(bytes(some));
  },
];

for (let step = 0; step < Number(steps); step++) {
  const { folders, others } = list(root);
  const place = pick([root, ...folders]);
  const chosen = {
    fresh: `${place}/${pick(names)}`,
    some: others.length === 0 ? `${root}/a` : pick(others),
    folder: folders.length === 0 ? `${root}/a` : pick(folders),
    place,
  };
  try {
    pick(random(5) < 3 ? additions : changes)(chosen);
  } catch (error) {
    // EEXIST, ENOENT, EXDEV and so on: a process in a build would see them too.
    if (!(error instanceof Error && ("syscall" in error || "status" in error))) throw error;
  }
}

/** 0..limit-1, from a generator of our own (mulberry32): a failing seed fails again. */
function random(limit: number): number {
  state = (state + 0x6d2b_79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}

function pick<T>(from: readonly T[]): T {
  const picked = from[random(from.length)];
  if (picked === undefined) throw new Error("Cannot pick from nothing");
  return picked;
}

function content(): Buffer {
  return Buffer.alloc(random(3) * random(9000), `${random(1000)} `);
}

function makeFolders(path: string): void {
  mkdirSync(bytes(`${path}/a/b`), { recursive: true });
  writeFileSync(bytes(`${path}/a/b/c`), content());
}

/** No empty values: other readers of PAX headers take those for nothing. */
function setAttribute(path: string): void {
  const [name, value] = pick([
    ["user.one", "0x31"],
    ["user.two", "0x00ff0a"],
    ["security.capability", "0x0100000200040000000000000000000000000000"],
  ] as const);
  if (name === "security.capability" && !isFile(path)) return;
  shell(`setfattr -h -n ${name} -v ${value} --`, path);
}

/** A program that takes a path of any bytes: Node's arguments are text. */
function shell(command: string, path: string, rest = ""): void {
  const script = Buffer.concat([bytes(`${command} '`), bytes(path), bytes(`' ${rest}\n`)]);
  execFileSync("sh", ["-e", "-s"], { input: script, stdio: ["pipe", "pipe", "pipe"] });
}

function isFile(path: string): boolean {
  return lstatSync(bytes(path)).isFile();
}

function isLink(path: string): boolean {
  return lstatSync(bytes(path)).isSymbolicLink();
}

function list(folder: string): { folders: string[]; others: string[] } {
  const found = { folders: [] as string[], others: [] as string[] };
  for (const entry of readdirSync(bytes(folder), { withFileTypes: true, encoding: "latin1" })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const below = list(path);
      found.folders.push(path, ...below.folders);
      found.others.push(...below.others);
    } else if (entry.name !== "") {
      found.others.push(path);
    }
  }
  // A disk lists names in an order of its own.
  return { folders: found.folders.sort(), others: found.others.sort() };
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
