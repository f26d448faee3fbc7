// Which mounts make the root file system of a run, in two tables with the filling of /dev between them. Nothing that a
// process can write to takes device nodes (`nodev`): there is no device cgroup, and CAP_MKNOD would read this machine's
// disks. The nodes of /dev are therefore mounted one by one from a file system that the process cannot reach.
import type { ProcessFile } from "../sandbox.ts";
import { deviceNodes } from "./dev-template.ts";
import type { MountEntry } from "./mount-table.ts";
import { overlayOptions } from "./overlay-options.ts";
import type { Machine } from "./run-order.ts";

export interface MountFacts {
  readonly folder: string;
  readonly lowers: readonly string[];
  readonly machine: Machine;
  readonly network: "host" | "none";
  readonly files: readonly ProcessFile[];
  readonly shmBytes: number;
  /** Whether the nodes in the template of /dev are real; else those of this machine serve. */
  readonly hasOwnNodes: boolean;
  /** This machine's unshare(1): its path, where it is to be mounted, and what its own mount restricts. */
  readonly unshare: { readonly source: string; readonly target: string; readonly options: readonly string[] };
  /** Mounts below this machine's /sys, which come with it where it cannot be mounted anew. */
  readonly sysMounts: readonly string[];
}

export interface MountPlan {
  readonly first: readonly MountEntry[];
  readonly second: readonly MountEntry[];
  /** Mounted read-only upon themselves, where they exist. */
  readonly readOnly: readonly string[];
  /** Hidden, where they exist: by an empty folder, or by what /dev/null is. */
  readonly masked: readonly string[];
  /** The null device that hides files. */
  readonly nullDevice: string;
}

// Those of Docker (moby's daemon/pkg/oci/defaults.go).
const masked = [
  ...["acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi"],
  ...["timer_list", "timer_stats"],
].map((name) => `proc/${name}`);
const maskedInSys = ["sys/firmware", "sys/devices/virtual/powercap"];
const readOnly = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `proc/${name}`);

const bare = ["nosuid", "nodev", "noexec"];

export function planMounts(facts: MountFacts): MountPlan {
  const { folder, files, shmBytes, hasOwnNodes, sysMounts } = facts;
  const merged = `${folder}/merged`;
  const nodes = hasOwnNodes ? `${folder}/dev` : "/dev";
  return {
    first: [
      overlay(facts),
      fileSystem("proc", `${merged}/proc`, bare),
      sys(facts),
      devices(folder),
      // A process that executes /proc/self/exe becomes this program, and would have its file: read-only, not even root
      // can change it (CVE-2019-5736). Restrictions that somebody else has set have to stay.
      bind(facts.unshare.source, facts.unshare.target, "ro", ...facts.unshare.options.filter(isRestriction)),
    ],
    second: [
      bind(`${folder}/dev`, `${merged}/dev`, "nosuid", "nodev"),
      ...deviceNodes.map(({ name }) => bind(`${nodes}/${name}`, `${merged}/dev/${name}`)),
      fileSystem("devpts", `${merged}/dev/pts`, [
        ...["newinstance", "ptmxmode=0666", "mode=620", "gid=5", "nosuid", "noexec"],
      ]),
      fileSystem("tmpfs", `${merged}/dev/shm`, [...bare, "mode=1777", `size=${shmBytes}`]),
      fileSystem("mqueue", `${merged}/dev/mqueue`, bare),
      ...files.map(({ target }, index) => bind(`${folder}/files/${index}`, `${merged}${target}`)),
    ],
    readOnly: readOnly.map((path) => `${merged}/${path}`),
    masked: [...new Set([...masked, ...maskedInSys, ...(isBoundSys(facts) ? sysMounts : [])])].map(
      (path) => `${merged}/${path}`,
    ),
    nullDevice: `${nodes}/null`,
  };
}

export function readOnlyBind(path: string): MountEntry {
  return bind(path, path, "ro", ...bare);
}

export function emptyFolder(path: string): MountEntry {
  // Were the source "tmpfs", mount(8) would take one that is there already for this one, and pass over it.
  return { source: "masked", target: path, type: "tmpfs", options: ["ro", "size=0"] };
}

export function bind(source: string, target: string, ...options: readonly string[]): MountEntry {
  return { source, target, type: "none", options: ["bind", ...options] };
}

function overlay({ folder, lowers, machine }: MountFacts): MountEntry {
  const layers = [`${folder}/stub`, ...lowers.map((name) => `l/${name}`)];
  return {
    source: "overlay",
    target: `${folder}/merged`,
    type: "overlay",
    options: [
      ...overlayOptions(machine),
      `lowerdir=${layers.join(":")}`,
      `upperdir=${folder}/upper`,
      `workdir=${folder}/work`,
    ],
  };
}

function isRestriction(option: string): boolean {
  return bare.includes(option);
}

/** Only who owns the network namespace can mount a new one. */
function sys(facts: MountFacts): MountEntry {
  const target = `${facts.folder}/merged/sys`;
  if (!isBoundSys(facts)) return fileSystem("sysfs", target, ["ro", ...bare]);
  return { source: "/sys", target, type: "none", options: ["rbind", "ro", ...bare] };
}

function isBoundSys({ machine, network }: MountFacts): boolean {
  return !machine.isRoot && network === "host";
}

/** What /dev will be made of. With device nodes, since the process only gets at it by way of mounts. */
function devices(folder: string): MountEntry {
  return fileSystem("tmpfs", `${folder}/dev`, ["nosuid", "mode=755", "size=65536k"]);
}

function fileSystem(type: string, target: string, options: readonly string[]): MountEntry {
  return { source: type, target, type, options };
}
