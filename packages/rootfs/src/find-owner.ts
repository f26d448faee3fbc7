// `--chown=user[:group]`: names are looked up in the image, numbers are taken as they are.
import { groupEntries, parseId, passwdEntries, type AccountFiles } from "./accounts.ts";
import { RootFsError } from "./rootfs-error.ts";

/**
 * The IDs of `spec`: `uid` (the group has the same number), `uid:gid`, `name` (its group in passwd), `name:group`,
 * `:group` (root's), `name:` (group 0, as in BuildKit). `root` needs no file. Throws RootFsError USER_UNKNOWN, GROUP_UNKNOWN or ID_INVALID.
 */
export function findOwner(spec: string, files: AccountFiles): { uid: number; gid: number } {
  const colon = spec.indexOf(":");
  const user = colon === -1 ? spec : spec.slice(0, colon);
  const group = colon === -1 ? "" : spec.slice(colon + 1);
  if (user === "" && group === "") {
    throw new RootFsError("USER_UNKNOWN", `Cannot find the owner "${spec}": it names no user`, {
      user: spec,
    });
  }
  const owner = user === "" ? { uid: 0, gid: 0 } : findUserIds(user, files);
  if (colon === -1) return owner;
  return { uid: owner.uid, gid: group === "" ? 0 : findGroupId(group, files) };
}

function findUserIds(user: string, files: AccountFiles): { uid: number; gid: number } {
  const id = parseId(user);
  if (id !== undefined) return { uid: id, gid: id };
  for (const { name, uid, gid } of passwdEntries(files.passwd ?? "")) {
    if (name === user) return { uid, gid };
  }
  if (user === "root") return { uid: 0, gid: 0 };
  throw unknownUser(user, files);
}

/** The ID of a group given by name or number. Throws RootFsError GROUP_UNKNOWN or ID_INVALID. */
export function findGroupId(group: string, files: AccountFiles): number {
  const id = parseId(group);
  if (id !== undefined) return id;
  for (const { name, gid } of groupEntries(files.group ?? "")) {
    if (name === group) return gid;
  }
  if (group === "root") return 0;
  const reason =
    files.group === undefined ? "the image has no /etc/group" : "no matching entries in /etc/group";
  throw new RootFsError(
    "GROUP_UNKNOWN",
    `Cannot find the group "${group}": ${reason}; a number needs no entry`,
    { group },
  );
}

/** The error for a user name that is nowhere. */
export function unknownUser(user: string, files: AccountFiles): RootFsError {
  const reason =
    files.passwd === undefined ? "the image has no /etc/passwd" : "no matching entries in /etc/passwd";
  return new RootFsError(
    "USER_UNKNOWN",
    `Cannot find the user "${user}": ${reason}; a number needs no entry`,
    { user },
  );
}
