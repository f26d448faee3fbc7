// An ordinary user with a range of IDs in /etc/subuid, for one command. The machine itself is not changed: the user exists
// in a mount namespace, where /etc has four files of ours above its own.
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../machine/find-program.ts";

export interface OrdinaryUserOptions {
  /** A folder that everybody may enter. */
  readonly folder: string;
  /** Default: 65536 IDs. */
  readonly hasRange?: boolean;
  /** Programs of this machine that are not there. */
  readonly hidden?: readonly string[];
}

export interface OrdinaryUser {
  readonly uid: number;
  /** A folder of the user's own. */
  readonly home: string;
  /** The command line that runs another one as the user. */
  command(command: readonly string[]): [string, ...string[]];
}

const uid = 64_123;
const name = "tsbuild-test";

/** Needs root. */
export function makeOrdinaryUser({
  folder,
  hasRange = true,
  hidden = [],
}: OrdinaryUserOptions): OrdinaryUser {
  const etc = join(folder, "etc");
  const home = join(folder, "home");
  mkdirSync(etc, { recursive: true });
  mkdirSync(home, { recursive: true });
  chownSync(home, uid, uid);
  const range = hasRange ? `${name}:600100000:65536\n` : "";
  writeFileSync(
    join(etc, "passwd"),
    `${readFileSync("/etc/passwd", "latin1")}${name}:x:${uid}:${uid}::${home}:/bin/sh\n`,
  );
  writeFileSync(join(etc, "group"), `${readFileSync("/etc/group", "latin1")}${name}:x:${uid}:\n`);
  for (const file of ["subuid", "subgid"]) writeFileSync(join(etc, file), range);
  for (const file of ["passwd", "group", "subuid", "subgid"]) chmodSync(join(etc, file), 0o644);
  chmodSync(etc, 0o755);
  const paths = hidden.flatMap((program) => findProgram(program) ?? []);
  const script = [
    `mount -n -t overlay -o "lowerdir=$1:/etc" overlay /etc`,
    ...paths.map((path) => `mount -n --bind /dev/null ${path}`),
    "shift",
    `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups --inh-caps=-all -- "$@"`,
  ].join(" && ");
  return {
    uid,
    home,
    command: (command) => ["unshare", "--mount", "--", "sh", "-c", script, "sh", etc, ...command],
  };
}
