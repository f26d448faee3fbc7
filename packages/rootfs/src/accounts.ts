// `/etc/passwd` and `/etc/group` as images have them: some lines are comments, blank or broken, and are skipped.
import { RootFsError } from "./rootfs-error.ts";

/** A line of `/etc/passwd`. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A line of `/etc/group`. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The text of the two files; a file that the image does not have is left out. */
export interface AccountFiles {
  readonly passwd?: string;
  readonly group?: string;
}

/** More than this is refused (CVE-2026-47262, CVE-2025-4437: unbounded /etc/group). Read no more of the file than this. */
export const maximumAccountBytes = 10 * 1024 * 1024;

/** 2^32 - 1 means "leave as it is" to chown, and larger numbers wrap to root: CVE-2024-40635. */
const maximumId = 4_294_967_294;

/** The ID that a decimal number stands for; undefined for anything that is not one. Throws ID_INVALID when it is too large. */
export function parseId(text: string): number | undefined {
  if (!/^[0-9]+$/u.test(text)) return undefined;
  const id = Number(text);
  if (id > maximumId) {
    throw new RootFsError("ID_INVALID", `Cannot use the ID ${text}: the largest is ${maximumId}`, {
      id: text,
    });
  }
  return id;
}

/** Throws RootFsError ACCOUNTS_TOO_LARGE. Lines with too few fields or with IDs that are none are skipped. */
export function parsePasswd(text: string): PasswdEntry[] {
  return [...passwdEntries(text)];
}

/** Throws RootFsError ACCOUNTS_TOO_LARGE. Lines with too few fields or with IDs that are none are skipped. */
export function parseGroup(text: string): GroupEntry[] {
  return [...groupEntries(text)];
}

/** `parsePasswd`, one at a time. */
export function* passwdEntries(text: string): Generator<PasswdEntry> {
  for (const line of lines(text, "/etc/passwd")) {
    const [name, , uidText = "", gidText = "", , home = "", shell = ""] = line.split(":");
    const uid = lenientId(uidText);
    const gid = lenientId(gidText);
    if (name === undefined || name === "" || uid === undefined || gid === undefined) continue;
    yield { name, uid, gid, home, shell };
  }
}

/** `parseGroup`, one at a time. */
export function* groupEntries(text: string): Generator<GroupEntry> {
  for (const line of lines(text, "/etc/group")) {
    const [name, , gidText = "", members = ""] = line.split(":");
    const gid = lenientId(gidText);
    if (name === undefined || name === "" || gid === undefined) continue;
    yield { name, gid, members: members === "" ? [] : members.split(",").map((member) => member.trim()) };
  }
}

function lenientId(text: string): number | undefined {
  return /^[0-9]{1,10}$/u.test(text) && Number(text) <= maximumId ? Number(text) : undefined;
}

function* lines(text: string, file: string): Generator<string> {
  if (text.length > maximumAccountBytes) {
    throw new RootFsError("ACCOUNTS_TOO_LARGE", `Cannot read ${file}: it is larger than 10 MiB`, {
      path: file,
      size: text.length,
    });
  }
  for (let start = 0; start < text.length;) {
    let end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end).trim();
    if (line !== "" && !line.startsWith("#")) yield line;
    start = end + 1;
  }
}
