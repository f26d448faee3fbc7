// What a build could leave behind on this machine: open descriptors and children of this process, mounts, processes that
// live in a store, and temporary files of the store.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Surroundings {
  /** Of this process, by what they are open on. Without sockets: a client keeps some open for its next request. */
  readonly descriptors: readonly string[];
  readonly mounts: number;
  /** Command lines of processes whose working directory or root is below the store, or that are ours. */
  readonly processes: readonly string[];
  readonly temporary: readonly string[];
}

/** Looks, from this process's view. */
export function lookAround(store: string): Surroundings {
  return {
    descriptors: openDescriptors().sort(),
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").length,
    processes: processesOf(store),
    temporary: temporaryFiles(store),
  };
}

/** Command lines of the processes (but the test's own registry) that a build on this store has started and that still run, in any namespace. */
function processesOf(store: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => isOf(pid, store))
    .map((pid) => attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")) ?? "")
    .filter((command) => !command.includes("docker-registry serve"));
}

/** The kernel ends the processes of a namespace one by one: a moment is theirs. */
export async function processesThatStay(store: string): Promise<string[]> {
  for (let attempt = 0; attempt < 50 && processesOf(store).length > 0; attempt++) await sleep(100);
  return processesOf(store);
}

/** What lies in the store's folder for temporary files, but for this process's own scratch folder. */
export function temporaryFiles(store: string): string[] {
  const folders = attempt(() => readdirSync(join(store, "tmp"))) ?? [];
  return folders.flatMap((folder) =>
    (attempt(() => readdirSync(join(store, "tmp", folder))) ?? []).map((name) => join(folder, name)),
  );
}

function isOf(pid: string, store: string): boolean {
  if (attempt(() => parentOf(pid)) === process.pid) return true;
  const places = ["cwd", "root"].map((link) => attempt(() => readlinkSync(`/proc/${pid}/${link}`)) ?? "");
  if (places.some((place) => place.startsWith(store))) return true;
  // A process in a RUN has its own root; its mounts still name the store's folders.
  return attempt(() => readFileSync(`/proc/${pid}/mountinfo`, "utf8"))?.includes(store) === true;
}

function parentOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    const target = attempt(() => readlinkSync(`/proc/self/fd/${fd}`));
    return target === undefined || target.startsWith("socket:")
      ? []
      : [target.replace(/:\[\d+\]$/, "").replace(/^\/proc\/\d+\/fd$/, "/proc/self/fd")];
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
