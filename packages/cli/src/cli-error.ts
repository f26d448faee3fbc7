// The one error class of the command. Its code decides the exit status: wrong usage is 2, all else is 1.

export type CliErrorCode =
  /** The command line asks for something that does not exist, contradicts itself, or is not done yet. */
  | "USAGE"
  | "IMAGE_UNKNOWN"
  | "IMAGE_AMBIGUOUS"
  | "IMAGE_IN_USE"
  | "ARCHIVE_UNKNOWN"
  | "RESULT_NOT_WRITTEN"
  | "NOT_LISTENING"
  /** Several things were asked for and some failed; each was reported when it did. */
  | "SOME_FAILED";

export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
  }
}

/** An error that exits with status 2. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError("USAGE", message, options);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
