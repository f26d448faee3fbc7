// The error that says all that was tried, why each way failed on this machine, and what would help.
import { SandboxError } from "../sandbox-error.ts";
import type { MachineFacts } from "./machine-facts.ts";
import type { StartFailure } from "./start-failure.ts";

export function noIsolationError(
  failures: readonly StartFailure[],
  machine: MachineFacts,
  userName: string,
): SandboxError {
  const tried = failures.map((failure) => {
    const remedies = findRemedies(failure, machine, userName);
    return `${describeWay(failure)}: ${[shorten(failure.reason), ...remedies].join("; ")}`;
  });
  const [only, second] = tried;
  const text =
    second === undefined ? ` ${only ?? "nothing was tried"}` : tried.map((one) => `\n  ${one}`).join("");
  return new SandboxError(
    "NO_ISOLATION",
    `Cannot run processes in isolation on this machine: no way that was tried works:${text}`,
    { facts: { reason: failures.map(({ reason }) => reason).join("; ") } },
  );
}

function describeWay({ privilege }: StartFailure): string {
  return privilege === "root" ? "namespaces as root" : "namespaces inside a user namespace";
}

/** Some programs print all of their usage. */
function shorten(reason: string): string {
  const line = reason.trim().replaceAll(/\s*\n\s*/g, " ");
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function findRemedies(
  { privilege, step, reason }: StartFailure,
  machine: MachineFacts,
  user: string,
): readonly string[] {
  switch (step) {
    case "tools":
      return []; // the reason says what to install
    case "ids":
      return [
        `as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}, with other numbers if somebody has these`,
      ];
    case "map":
      return [...remediesOfUserNamespaces(machine), remedyOfMapping(machine)];
    case "namespaces":
    case "inner namespaces":
      if (/busybox|(unrecognized|invalid|unknown) option/i.test(reason)) return [remedyOfBusybox];
      if (privilege === "root") return [remedyOfRoot];
      return atLeast(remedyOfLimits, remediesOfUserNamespaces(machine));
    case "overlay":
      return [
        "put the store on a file system that overlayfs can write to (ext4, xfs, btrfs; in a container: a volume), " +
          "not on an overlay or a network file system",
        ...(privilege === "root" ? [] : ["overlays in a user namespace need Linux 5.11 or newer"]),
      ];
    case "proc":
      return [
        "in a container, show it all of /proc: --privileged, or --security-opt systempaths=unconfined (Docker), " +
          "unmask=ALL (Podman), procMount: Unmasked (Kubernetes)",
      ];
    case "answer":
      return ["build again when the machine and the disk of the store have less to do"];
    case "worker":
      return remediesOfWorker(reason);
  }
}

function atLeast(one: string, others: readonly string[]): readonly string[] {
  return others.length === 0 ? [one] : others;
}

/** It has namespaces, but has ended, or cannot work in the store. */
function remediesOfWorker(reason: string): string[] {
  if (/ulimit/.test(reason)) return []; // the reason says what to raise
  if (/ENOSPC|EDQUOT|no space left/i.test(reason)) return ["make room where the store is"];
  if (/killed|SIGKILL/.test(reason)) return ["if this machine has run out of memory, give it more"];
  return ["see that this user can write to the store's folder, and that tsbuild is installed as a whole"];
}

const remedyOfBusybox =
  "these are not the programs of util-linux: install util-linux, and on Alpine setpriv too";
const remedyOfRoot =
  "in a container, give it CAP_SYS_ADMIN: docker run --privileged, or privileged: true in the pod's securityContext";

function remediesOfUserNamespaces(machine: MachineFacts): string[] {
  const remedies: string[] = [];
  if (machine.maxUserNamespaces === 0) remedies.push("as root: sysctl -w user.max_user_namespaces=65536");
  if (!machine.unprivilegedClone) remedies.push("as root: sysctl -w kernel.unprivileged_userns_clone=1");
  if (machine.apparmorRestricts) {
    remedies.push(
      "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with `userns,`",
    );
  }
  if (machine.seccomp) {
    remedies.push(
      "a system call filter is on this process, as in containers: --security-opt seccomp=unconfined (Docker), " +
        "seccompProfile of type Unconfined (Kubernetes)",
    );
  }
  return remedies;
}

const remedyOfLimits =
  "see what limits there are on namespaces (sysctl user), and whether unshare(1) works in a shell";

function remedyOfMapping(machine: MachineFacts): string {
  return machine.noNewPrivileges
    ? "newuidmap gets no privilege here (no_new_privs): allowPrivilegeEscalation: true in the pod's securityContext"
    : "see that newuidmap and newgidmap belong to root and have the setuid bit or file capabilities";
}
