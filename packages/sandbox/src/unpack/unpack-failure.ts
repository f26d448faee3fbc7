// How the file system's refusals become one error that names the entry and what to do.
import { SandboxError } from "../sandbox-error.ts";

/** An error that says why this entry cannot be unpacked. */
export function cannotUnpack(path: string, reason: string, cause?: unknown): SandboxError {
  return new SandboxError("UNPACK_FAILED", `Cannot unpack ${quote(path)}: ${reason}`, {
    facts: { path, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of a system call for the entry at `path` as a SandboxError; any other error as it is. */
export function unpackFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return noSpace(path, code, error);
  return cannotUnpack(path, reasonOf(code, String(error.syscall)) ?? error.message, error);
}

export function noSpace(path: string, reason: string, cause?: unknown): SandboxError {
  return new SandboxError(
    "NO_SPACE",
    `Cannot unpack ${quote(path)}: the store's file system has no room left (${reason}); ` +
      "free space or inodes there, or keep the store elsewhere",
    { facts: { path, reason }, ...(cause === undefined ? {} : { cause }) },
  );
}

function reasonOf(code: string, syscall: string): string | undefined {
  // A user namespace has no number for an id outside of its ranges.
  if (syscall.endsWith("chown") && (code === "EINVAL" || code === "EPERM"))
    return `its owner is none of the ids that this user may give away (${code}); widen the ranges in /etc/subuid and /etc/subgid, or build as root`;
  switch (code) {
    case "ENAMETOOLONG":
      return "its name or its target is longer than this file system allows";
    case "EEXIST":
      return "its name is taken: for this file system two names of the layer are the same; keep the store on one that tells upper and lower case apart";
    case "EMLINK":
      return "its file has more names than this file system allows; keep the store on another file system";
    case "EFBIG":
      return "it is larger than this file system allows";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open; raise the limit (ulimit -n)";
    default:
      return undefined;
  }
}

function quote(path: string): string {
  return JSON.stringify(path === "" ? "/" : path);
}
