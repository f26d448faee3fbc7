// The one error that a build fails with. It says where in the Dockerfile, or at which image or file, and what
// to do; the errors of the packages below stay reachable as `cause`.
import type { Span } from "@tsbuild/dockerfile";

export type BuildErrorCode =
  /** No Dockerfile, no context folder, or one that cannot be read. */
  | "INPUT_MISSING"
  /** The Dockerfile does not parse, or a word in it does not expand. */
  | "DOCKERFILE_INVALID"
  /** Something of the language, or an option, that tsbuild cannot do (yet). */
  | "UNSUPPORTED"
  /** `--target`, FROM or `--from` names a stage that does not exist or comes later. */
  | "STAGE_UNKNOWN"
  /** A base image cannot be resolved or read. */
  | "IMAGE_UNAVAILABLE"
  /** A step failed. */
  | "STEP_FAILED"
  /** Nothing on this machine can run a RUN. */
  | "NO_ISOLATION"
  /** The result could not be written or pushed. */
  | "EXPORT_FAILED"
  | "OPTION_INVALID"
  | "ABORTED";

/** Where in a Dockerfile something went wrong, with the text to quote from. */
export interface SourceLocation {
  /** The Dockerfile as the user named it. */
  readonly path: string;
  readonly source: string;
  readonly span: Span;
}

export class BuildError extends Error {
  readonly code: BuildErrorCode;
  readonly location: SourceLocation | undefined;
  /** The end of what a failed RUN has printed, both streams as they came. */
  readonly output: string | undefined;

  constructor(
    code: BuildErrorCode,
    message: string,
    facts: { location?: SourceLocation | undefined; output?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.location = facts.location;
    this.output = facts.output;
  }

  static {
    this.prototype.name = "BuildError";
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
