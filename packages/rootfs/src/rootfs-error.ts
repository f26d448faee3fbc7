// The one error class of this package, with a closed set of codes.

/** What can go wrong when a root filesystem is looked at. */
export type RootFsErrorCode =
  /** A path goes through too many symbolic links: they form a loop. */
  | "LINK_LOOP"
  /** A path goes on below something that is not a directory. */
  | "NOT_A_DIRECTORY"
  | "USER_UNKNOWN"
  | "GROUP_UNKNOWN"
  /** A numeric user or group ID that Linux has no room for. */
  | "ID_INVALID"
  /** `/etc/passwd` or `/etc/group` is larger than anyone needs. */
  | "ACCOUNTS_TOO_LARGE";

export class RootFsError extends Error {
  override readonly name = "RootFsError";
  readonly code: RootFsErrorCode;
  /** What the error is about: `path`, `user`, `group`, … */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    code: RootFsErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}
