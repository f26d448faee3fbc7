// What can go wrong when a COPY, an ADD or a WORKDIR is planned. The caller adds where in the Dockerfile.

export type CopyErrorCode =
  /** A source without wildcards does not exist. Facts: `path`, `nearest`, and `pattern` when an ignore rule hides it. */
  | "COPY_SOURCE_MISSING"
  /** A source is, or goes through, a loop of symbolic links, or goes on below a file. */
  | "COPY_SOURCE_INVALID"
  /** The destination goes through a file or a loop of links, or several files would become one. */
  | "COPY_DESTINATION_INVALID"
  /** A folder would replace something that is no folder. */
  | "COPY_OVER_NON_DIRECTORY"
  /** A file would replace a folder. */
  | "COPY_OVER_DIRECTORY"
  /** A name in an archive would be a whiteout in the layer. */
  | "ARCHIVE_WHITEOUT"
  /** A name in an archive, or the target of a hard link in it, leads out of the archive. */
  | "ARCHIVE_PATH_ESCAPES"
  /** A hard link in an archive leads to nothing. */
  | "ARCHIVE_LINK_INVALID"
  /** WORKDIR is, or goes through, something that is not a folder. */
  | "WORKDIR_NOT_DIRECTORY";

export class CopyError extends Error {
  override readonly name = "CopyError";
  readonly code: CopyErrorCode;
  /** Paths start with a slash. */
  readonly facts: Readonly<Record<string, string>>;

  constructor(
    code: CopyErrorCode,
    message: string,
    facts: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}
