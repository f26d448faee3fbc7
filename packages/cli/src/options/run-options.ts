// What the command line says about every RUN: its network, its /etc/hosts, its /dev/shm, how it is kept apart.
import type { BuildOptions } from "@tsbuild/builder";
import { parseExtraHosts } from "./extra-hosts.ts";
import type { Fate } from "./flag.ts";
import type { ParsedOptions } from "./judge-flags.ts";
import { parseMemorySize } from "./memory-size.ts";
import { listOption, textOption } from "./read-options.ts";

type RunOptions = Pick<BuildOptions, "network" | "extraHosts" | "isolation" | "shmBytes">;

export function readRunOptions(options: ParsedOptions): RunOptions {
  const extraHosts = parseExtraHosts(listOption(options, "addHost"));
  const shmBytes = parseMemorySize(textOption(options, "shmSize"), "--shm-size");
  return {
    network: readNetwork(textOption(options, "network") ?? ""),
    ...(extraHosts.length > 0 ? { extraHosts } : {}),
    isolation: readIsolation(textOption(options, "isolation") ?? ""),
    // 0 is the default, as for docker.
    ...(shmBytes === undefined || shmBytes === 0 ? {} : { shmBytes }),
  };
}

const done: Fate = { kind: "done" };

/** Of `--network`. Docker's own names of networks belong to its daemon. */
export function networkFate(value: string): Fate {
  if (["", "default", "host", "none"].includes(value)) return done;
  const why = "there is no daemon that has networks; leave it out for this machine's network, or say none";
  return { kind: "refused", why };
}

function readNetwork(value: string): NonNullable<RunOptions["network"]> {
  return value === "none" || value === "host" ? value : "default";
}

// Docker's names for containers of Windows, and for whatever is usual.
const usualIsolation = ["", "auto", "default", "process", "hyperv"];
const laterIsolation = ["runtime", "chroot", "inplace"];

/** Of `--isolation`. */
export function isolationFate(value: string): Fate {
  const mode = value.toLowerCase();
  if (mode === "namespaces" || usualIsolation.includes(mode)) return done;
  const way = "leave it out for what works here, or say namespaces";
  if (laterIsolation.includes(mode)) return { kind: "refused", why: `it comes in a later release; ${way}` };
  return { kind: "refused", why: `there is no such isolation; ${way}` };
}

function readIsolation(value: string): NonNullable<RunOptions["isolation"]> {
  return value.toLowerCase() === "namespaces" ? "namespaces" : "auto";
}

/** Of `--allow`: docker's entitlements by name, though most need no leave here. */
export function allowFate(value: string): Fate {
  const [name] = value.split("=", 1);
  // A RUN may have this machine's network without asking.
  if (value === "" || value === "network.host") return done;
  if (value === "security.insecure") {
    return { kind: "ignored", why: "RUN --security=insecure is not there yet" };
  }
  if (name === "device") return { kind: "ignored", why: "no device is passed into a RUN" };
  return { kind: "refused", why: "there is no such entitlement; leave it out, or say network.host" };
}
