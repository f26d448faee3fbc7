// What can go wrong when a build context is read.

export type ContextErrorCode =
  | "CONTEXT_NOT_FOUND"
  | "CONTEXT_NOT_DIRECTORY"
  /** A folder or a file that is needed can't be read. Fact: `path`. */
  | "CONTEXT_UNREADABLE"
  /** A file was changed, replaced or removed after the context was scanned. Fact: `path`. */
  | "CONTEXT_FILE_CHANGED"
  /** The thread that reads the context ended: out of memory, for one. */
  | "CONTEXT_READER_DIED";

export class ContextError extends Error {
  override readonly name = "ContextError";
  readonly code: ContextErrorCode;
  readonly facts: Readonly<Record<string, string>>;

  constructor(
    code: ContextErrorCode,
    message: string,
    facts: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}

/** The `code` of a system error ("ENOENT"), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
