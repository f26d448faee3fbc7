// What unpacked layers depend on besides their content: the boot (nothing is synced to the disk), the name space of
// overlayfs' attributes, and which user ID inside is which outside. Forms of different flavours never meet.
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

export interface Flavour {
  readonly boot: string;
  /** Where overlayfs keeps its own extended attributes. */
  readonly attributes: "trusted" | "user";
  /** `root`, or a hash of the map of IDs. */
  readonly ids: string;
}

export interface FlavourFacts {
  /** Of /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** Of /proc/self/ns/user. */
  readonly userNamespace: string;
  /** Of /proc/self/uid_map and gid_map. */
  readonly idMaps: string;
}

/** The kernel's own number for the first user namespace, in which root is root. */
const initialUserNamespace = "user:[4026531837]";

export function readFlavour(): Flavour {
  const read = (path: string) => readFileSync(path, "latin1");
  return chooseFlavour({
    bootId: read("/proc/sys/kernel/random/boot_id"),
    userNamespace: readlinkSync("/proc/self/ns/user"),
    idMaps: read("/proc/self/uid_map") + read("/proc/self/gid_map"),
  });
}

export function chooseFlavour({ bootId, userNamespace, idMaps }: FlavourFacts): Flavour {
  const isRoot = userNamespace === initialUserNamespace;
  return {
    boot: short(bootId.trim()),
    attributes: isRoot ? "trusted" : "user",
    ids: isRoot ? "root" : short(idMaps.trim().replaceAll(/\s+/g, " ")),
  };
}

/** The name of its folder. */
export function formatFlavour({ boot, attributes, ids }: Flavour): string {
  return `${boot}-${attributes}-${ids}`;
}

/** Whether the folder is of this flavour, but of another boot: nobody will ever use it again. */
export function isOutdated(folder: string, flavour: Flavour): boolean {
  const [boot, attributes, ids, more] = folder.split("-");
  return (
    boot !== undefined &&
    /^[0-9a-f]{8}$/.test(boot) &&
    boot !== flavour.boot &&
    attributes === flavour.attributes &&
    ids === flavour.ids &&
    more === undefined
  );
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
