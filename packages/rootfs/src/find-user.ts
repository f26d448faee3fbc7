// USER for a process that runs: IDs, home and supplementary groups, by the rules of moby/sys/user (GetExecUser).
import { groupEntries, parseId, passwdEntries, type AccountFiles, type PasswdEntry } from "./accounts.ts";
import { findGroupId, unknownUser } from "./find-owner.ts";

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups in ascending order; none when the group was given. */
  readonly groups: readonly number[];
  readonly home: string;
  /** Absent for a number that has no entry in passwd. */
  readonly name?: string;
}

/** What Linux takes (NGROUPS_MAX). */
const maximumGroups = 65_536;

/**
 * Finds the user for `spec`: "" (root), `name`, `uid`, either with `:group` or `:gid`. A number without an entry in
 * passwd has group 0 and home `/`. Throws RootFsError USER_UNKNOWN, GROUP_UNKNOWN or ID_INVALID.
 */
export function findUser(spec: string, files: AccountFiles): ProcessUser {
  const colon = spec.indexOf(":");
  const user = (colon === -1 ? spec : spec.slice(0, colon)) || "0";
  const group = colon === -1 ? "" : spec.slice(colon + 1);
  const id = parseId(user);
  const account = findAccount(user, id, files);
  if (account === undefined && id === undefined && user !== "root") throw unknownUser(user, files);
  const uid = account?.uid ?? id ?? 0;
  const home = account?.home || (uid === 0 ? "/root" : "/");
  const gid = group === "" ? (account?.gid ?? 0) : findGroupId(group, files);
  const groups = group === "" && account !== undefined ? groupsOf(account.name, files) : [];
  const found = { uid, gid, groups, home };
  return account === undefined ? found : { ...found, name: account.name };
}

function findAccount(user: string, id: number | undefined, files: AccountFiles): PasswdEntry | undefined {
  for (const account of passwdEntries(files.passwd ?? "")) {
    if (id === undefined ? account.name === user : account.uid === id) return account;
  }
  return undefined;
}

function groupsOf(user: string, files: AccountFiles): number[] {
  const groups = new Set<number>();
  for (const { gid, members } of groupEntries(files.group ?? "")) {
    if (members.includes(user)) groups.add(gid);
    if (groups.size === maximumGroups) break;
  }
  return [...groups].sort((a, b) => a - b);
}
