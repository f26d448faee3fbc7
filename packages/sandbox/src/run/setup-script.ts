// What a shell does as the first process of a run's namespaces: mounts, then the process, then its status. It says on
// descriptor 3 how far it is, and complains on its stderr, so that nothing of the set-up is taken for the process's own
// output, which goes to 4 and 5. It stays to the end, and with it ends whatever the process has left behind. Having all
// capabilities, it is out of the process's reach (ptrace(2), /proc/1/root).
import { emptyFolder, bind, readOnlyBind, type MountPlan } from "./plan-mounts.ts";
import { formatMountEntry, type MountEntry } from "./mount-table.ts";
import { quoteWord, quoteWords } from "./shell-word.ts";

/** The steps, in order; each is said when it begins. */
export type SetupStep =
  | "namespaces"
  | "layers"
  | "devices"
  | "mounts"
  | "hostname"
  | "network"
  | "folder"
  | "root"
  | "start";

/** Said when this machine's host name has to stay. */
export const hostnameKept = "hostname-kept";

export interface SetupFacts {
  readonly folder: string;
  readonly plan: MountPlan;
  /** Absolute paths. */
  readonly tools: {
    readonly mount: string;
    readonly cp: string;
    readonly mkdir: string;
    readonly hostname: string | undefined;
    /** When a network without any interface but `lo` is to be made. */
    readonly ip: string | undefined;
  };
  /** Folders to be copied into /dev. */
  readonly deviceFolders: readonly string[];
  readonly hostname: string;
  /** Where the process begins; absolute, in the new root. */
  readonly cwd: string;
  /** Whether what is missing of it is made. */
  readonly createCwd: boolean;
  /** Where, in this machine's root, the folder is to be mounted for the names of the programs in it to be plain. */
  readonly programsAt: string | undefined;
  readonly start: readonly string[];
}

/** The tables are in the folder, as `first` and `second`. */
export function setupScript(facts: SetupFacts): string {
  const { folder, tools, start } = facts;
  const mountAll = (table: string) => `${quoteWord(tools.mount)} -n -a -T ${folder}/${table}`;
  return [
    say("namespaces"),
    "set -e",
    "umask 022",
    "ulimit -c 0",
    // Node has raised the soft limit to the hard one, and where that is a billion, programs that close all descriptors
    // take minutes.
    "ulimit -Sn 1048576 2>/dev/null || :",
    say("layers"),
    mountAll("first"),
    say("devices"),
    // Not `-a`: the attributes of security modules are not for the copies.
    `${quoteWord(tools.cp)} -dpR ${facts.deviceFolders.map((path) => `${path}/.`).join(" ")} ${folder}/dev/`,
    say("mounts"),
    ...appendToSecond(facts),
    mountAll("second"),
    say("hostname"),
    setHostname(facts),
    ...(tools.ip === undefined ? [] : [say("network"), `${quoteWord(tools.ip)} link set lo up`]),
    say("root"),
    ...(facts.programsAt === undefined
      ? []
      : [`${quoteWord(tools.mount)} -n --rbind ${folder} ${facts.programsAt}`]),
    `${quoteWord(tools.mount)} -n --move ${folder}/merged /`,
    ...enterFolder(facts),
    "set +e",
    say("start"),
    // In the foreground: a background job would ignore SIGINT. In a shell of its own: this one's word on a killed process
    // would else be in the process's output. stdin is of the new root, so that not even that is a node of this machine.
    `( exec ${quoteWords(start)} </../dev/null >&4 2>&5 3>&- 4>&- 5>&- )`,
    'echo "exit $?" >&3',
    "",
  ].join("\n");
}

function say(step: SetupStep): string {
  return `echo ${step} >&3`;
}

/** Only the file systems just mounted can say what is there to be hidden: this machine's may themselves hide it. */
function appendToSecond({ folder, plan }: SetupFacts): string[] {
  const line = (entry: MountEntry) => `printf '%s\\n' ${quoteWord(formatMountEntry(entry))}`;
  return [
    "{",
    ...plan.readOnly.map((path) => `if [ -e ${quoteWord(path)} ]; then ${line(readOnlyBind(path))}; fi`),
    ...plan.masked.map((path) => {
      const [folderEntry, fileEntry] = [emptyFolder(path), bind(plan.nullDevice, path)];
      const word = quoteWord(path);
      return `if [ -d ${word} ]; then ${line(folderEntry)}; elif [ -e ${word} ]; then ${line(fileEntry)}; fi`;
    }),
    `} >>${folder}/second`,
  ];
}

/** Root of a user namespace may not write the file, but may make the system call. */
function setHostname({ hostname, tools }: SetupFacts): string {
  const otherwise =
    tools.hostname === undefined
      ? `echo ${hostnameKept} >&3`
      : `${quoteWord(tools.hostname)} -- ${quoteWord(hostname)}`;
  return `{ printf %s ${quoteWord(hostname)} >/proc/sys/kernel/hostname; } 2>/dev/null || ${otherwise}`;
}

/**
 * One component after another, and no link is followed: those of the image would lead into this machine's root, and those
 * of /proc (`/proc/self/cwd`) to wherever the one who follows them is. The process only inherits the folder.
 */
function enterFolder({ tools, cwd, createCwd }: SetupFacts): string[] {
  const missing = createCwd
    ? `${quoteWord(tools.mkdir)} -m 755 -- "./$1"`
    : `{ echo "there is no folder $1" >&2; exit 1; }`;
  return [
    say("folder"),
    "enter() {",
    `  if [ -L "./$1" ]; then echo "$1 is a symbolic link" >&2; exit 1; fi`,
    `  if [ ! -d "./$1" ]; then ${missing}; fi`,
    '  cd -P "./$1"',
    "}",
    // The new root is mounted upon `/`, which for a shell that has the old root is above it.
    "cd -P /..",
    ...cwd
      .split("/")
      .filter((name) => name !== "")
      .map((name) => `enter ${quoteWord(name)}`),
  ];
}
