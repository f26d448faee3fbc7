// Runs processes as the sandbox's worker would, without a worker: by a program in namespaces of its own (run-driver.fixture.ts
// in the package), as root, or as an ordinary user to whom a range of IDs is mapped.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { checkout } from "../command/run-tsbuild.ts";
import { findProgram } from "../machine/find-program.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { makeTemporaryFolder } from "../machine/temporary-folder.ts";

export type DrivenBy = "root" | "an ordinary user";

/** As in the fixture, of which no other folder may import anything. */
interface DriverRun {
  /** Folders, the top-most first; default: busybox. */
  readonly layers?: readonly string[];
  readonly process?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly devFiles?: Readonly<Record<string, string>>;
  readonly cancelAt?: string;
  readonly countOnly?: boolean;
}

interface DriverResult {
  readonly status?: number;
  readonly outOfMemory?: boolean;
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly warnings: readonly string[];
}

interface DriveOptions {
  readonly atOnce?: boolean;
  /** Of the worker's folder. */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the program is started by. */
  readonly around?: readonly string[];
}

interface Driven {
  readonly child: ChildProcess;
  /** The worker's. */
  readonly folder: string;
  readonly results: Promise<DriverResult[]>;
}

export interface ProcessDriver extends AsyncDisposable {
  /** For what a test needs besides. */
  readonly place: string;
  /** A folder with busybox and a link for each applet; owned by who runs. */
  readonly root: string;
  start(runs: readonly DriverRun[], options?: DriveOptions): Promise<Driven>;
  /** One process to its end. */
  run(one: DriverRun, options?: DriveOptions): Promise<DriverResult & { readonly folder: string }>;
  /** A command of the shell. */
  shell(script: string, more?: DriverRun): Promise<DriverResult & { readonly folder: string }>;
}

const driver = fileURLToPath(
  new URL("../../../packages/sandbox/src/run/run-driver.fixture.ts", import.meta.url),
);
const [ordinaryUid, rangeStart, rangeSize] = [61_000, 200_000, 65_536];
const asUser = [
  "setpriv",
  ...[`--reuid=${ordinaryUid}`, `--regid=${ordinaryUid}`, "--clear-groups", "--"],
] as const;
const idMap = `0 ${ordinaryUid} 1\n1 ${rangeStart} ${rangeSize}\n`;

/** Others may not be able to read this checkout; says so. */
export function canBeDrivenBy(who: DrivenBy): boolean {
  if (who === "root") return true;
  const [program, ...args] = asUser;
  const read = "require('node:fs').accessSync(process.argv[1])";
  const isReadable = spawnSync(program, [...args, process.execPath, "-e", read, driver]).status === 0;
  if (!isReadable) process.stderr.write(`Not tested for ${who}, who cannot read ${checkout}\n`);
  return isReadable;
}

export async function openProcessDriver(who: DrivenBy): Promise<ProcessDriver> {
  const { path: place, [Symbol.asyncDispose]: remove } = await makeTemporaryFolder("process");
  chmodSync(place, 0o755);
  const root = join(place, "root");
  await makeRoot(root);
  await own(who, root);
  let count = 0;
  const start: ProcessDriver["start"] = async (runs, { name, atOnce = false, env, around = [] } = {}) => {
    const folder = join(place, name ?? `worker-${++count}`);
    mkdirSync(folder);
    await own(who, folder);
    const isRoot = who === "root";
    const order = {
      ...{ folder, atOnce },
      machine: { volatile: true, userxattr: !isRoot, isRoot },
      runs: runs.map((one) => ({ layers: [root], process: {}, ...one })),
    };
    const child = isRoot ? startAsRoot(around, env) : await startAsUser(env);
    child.stdin?.end(JSON.stringify(order));
    if (child.stdout === null) throw new Error("Cannot read what the driver says");
    return { child, folder, results: json(child.stdout) as Promise<DriverResult[]> };
  };
  const run: ProcessDriver["run"] = async (one, options) => {
    const { folder, results } = await start([one], options);
    const [result] = await results;
    if (result === undefined) throw new Error("Cannot see what came of the process");
    return { ...result, folder };
  };
  return {
    ...{ place, root, start, run },
    shell: (script, more = {}) => run({ ...more, process: { args: ["sh", "-c", script], ...more.process } }),
    [Symbol.asyncDispose]: async () => remove(),
  };
}

async function own(who: DrivenBy, folder: string): Promise<void> {
  if (who !== "root") await runOrThrow("chown", ["-hR", `${ordinaryUid}:${ordinaryUid}`, folder]);
}

const namespaces = ["--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "--"];

function startAsRoot(around: readonly string[], env: DriveOptions["env"]): ChildProcess {
  const [program, ...args] = [...around, "unshare", ...namespaces, process.execPath, driver] as const;
  // A descriptor that nobody has meant for it.
  const stray = openSync("/", "r");
  try {
    const stdio = ["pipe", "pipe", "inherit", stray] as const;
    return spawn(program, args, { stdio: [...stdio], env: { ...process.env, ...env } });
  } finally {
    closeSync(stray);
  }
}

async function startAsUser(env: DriveOptions["env"]): Promise<ChildProcess> {
  const [program, ...args] = asUser;
  // Its number as this process sees it, since /proc is still this process's.
  const script = 'read -r pid rest </proc/self/stat; echo "$pid" >&3; read -r go; exec "$@" 3>&-';
  // What is executed with more privilege than before is tied to nothing any more: so it ties itself again.
  const tied = ["setpriv", "--pdeathsig", "KILL", "--", process.execPath, driver];
  const child = spawn(
    program,
    [...args, "unshare", "--user", ...namespaces, "sh", "-c", script, "sh", ...tied],
    { stdio: ["pipe", "pipe", "inherit", "pipe"], env: { ...process.env, ...env } },
  );
  const said = child.stdio[3] as NodeJS.ReadableStream;
  const pid = await new Promise<number>((resolve) => {
    said.once("data", (text: Buffer) => resolve(Number(text.toString())));
  });
  writeFileSync(`/proc/${pid}/uid_map`, idMap);
  writeFileSync(`/proc/${pid}/gid_map`, idMap);
  child.stdin?.write("go\n");
  return child;
}

/** Busybox with its applets; and Perl, which can be told to make any system call that matters here. */
async function makeRoot(root: string): Promise<void> {
  for (const name of ["bin", "etc", "root", "tmp", "srv", "usr/bin"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  chmodSync(join(root, "tmp"), 0o1777);
  const busybox = await copyProgram("busybox", root);
  for (const applet of (await runOrThrow(busybox, ["--list"])).split("\n")) {
    if (applet !== "" && applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  }
  await copyProgram("perl", root);
}

async function copyProgram(name: string, root: string): Promise<string> {
  const program = findProgram(name);
  if (program === undefined) throw new Error(`Cannot find ${name}`);
  copyFileSync(program, join(root, "bin", name));
  const libraries = await runOrThrow("ldd", [program]).catch(() => ""); // none, when it is static
  for (const [, path] of libraries.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) {
    if (path === undefined) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
  return program;
}
