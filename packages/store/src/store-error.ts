// The one error class of this package, and how the file system's errors become it.
import type { Digest } from "@tsbuild/oci";

/** What went wrong. `COPY_FAILED` says in its facts on which side; the side's own error is its `cause`. */
export type StoreErrorCode =
  | "BLOB_NOT_FOUND"
  | "DIGEST_MISMATCH"
  | "SIZE_MISMATCH"
  | "TOO_LARGE"
  | "PLATFORM_NOT_FOUND"
  | "COPY_FAILED"
  | "STORE_VERSION"
  | "TAG_INVALID"
  | "LAYOUT_INVALID"
  | "ARCHIVE_INVALID"
  | "NO_SPACE"
  | "IO";

export interface StoreErrorFacts {
  digest?: Digest;
  path?: string;
  side?: "source" | "destination";
}

/** Thrown when bytes are not there, are not what their digest says, or can't be kept. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly facts: Readonly<StoreErrorFacts>;

  constructor(code: StoreErrorCode, message: string, facts: StoreErrorFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.facts = facts;
  }
}

/** The error of a system call, e.g. `ENOENT`; `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Makes the error of a system call a StoreError; hands any other error through. */
export function storeFailure(error: unknown, action: string, facts: StoreErrorFacts): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const where = facts.path === undefined ? "" : `: ${facts.path}`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `Cannot ${action}: there is no space left (${code})${where}`;
    return new StoreError("NO_SPACE", message, facts, { cause: error });
  }
  const reason = reasons[code] ?? `the file system answered ${code}`;
  return new StoreError("IO", `Cannot ${action}: ${reason}${where}`, facts, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "you may not do that there (EACCES)",
  EPERM: "you may not do that there (EPERM)",
  EROFS: "the file system is read-only (EROFS)",
  EEXIST: "there is something else than a folder (EEXIST)",
  ENOTDIR: "there is something else than a folder (ENOTDIR)",
  EMFILE: "too many files are open, raise the limit (ulimit -n)",
};

export function blobNotFound(digest: Digest, where: string): StoreError {
  return new StoreError("BLOB_NOT_FOUND", `Cannot read blob ${digest}: it is not in ${where}`, { digest });
}
