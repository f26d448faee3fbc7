// The one error of this package. It knows the place in the source, so that it can show the lines.

import type { Span } from "./instruction.ts";

/** What went wrong, as a closed set. */
export type DockerfileErrorCode =
  | "EMPTY"
  | "LINE_TOO_LONG"
  | "DIRECTIVE_INVALID"
  | "FRONTEND_UNSUPPORTED"
  | "UNKNOWN_INSTRUCTION"
  | "UNKNOWN_FLAG"
  | "FLAG_INVALID"
  | "ARGUMENT_INVALID"
  | "HEREDOC_INVALID"
  | "MOUNT_INVALID"
  | "STAGE_MISSING"
  | "EXPANSION"
  | "BAD_PATTERN";

/** Where an error is: the file's path and whole text, and the span in it. */
export interface ErrorPlace {
  readonly path: string;
  readonly source: string;
  readonly span: Span;
}

const CONTEXT_LINES = 2;
const MAX_SHOWN_LINE = 300;
const MAX_MESSAGE = 800;

/** A Dockerfile, ignore file, pattern or value of an argument that cannot be understood. */
export class DockerfileError extends Error {
  override readonly name = "DockerfileError";
  readonly code: DockerfileErrorCode;
  readonly place?: ErrorPlace;

  constructor(
    code: DockerfileErrorCode,
    message: string,
    options: { place?: ErrorPlace | undefined; cause?: unknown } = {},
  ) {
    super(
      printable(message, MAX_MESSAGE),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    if (options.place !== undefined) this.place = options.place;
  }

  /** The span in the source; absent for errors about a value on its own, as of `expandWord`. */
  get span(): Span | undefined {
    return this.place?.span;
  }

  /** The path of the file, as given to the parser. */
  get path(): string | undefined {
    return this.place?.path;
  }

  /** The same error, placed: for errors about a value whose word the caller knows. Keeps a place it has. */
  at(place: ErrorPlace): DockerfileError {
    if (this.place !== undefined) return this;
    return new DockerfileError(this.code, this.message, { place, cause: this });
  }

  /** The lines in question with two lines around them, `>>>` before each that is meant; empty without a place. */
  excerpt(): string {
    return this.place === undefined ? "" : formatExcerpt(this.place);
  }
}

/** `Dockerfile:12`, the excerpt between rules, and the message: what a command prints. */
export function formatError(error: DockerfileError): string {
  const { place } = error;
  if (place === undefined) return error.message;
  const rule = "-".repeat(20);
  return `${place.path}:${place.span.start.line}\n${rule}\n${error.excerpt()}\n${rule}\n${error.message}`;
}

/** The lines of a span in the manner of BuildKit, without a trailing newline. */
export function formatExcerpt(place: ErrorPlace): string {
  const lines = place.source.replace(/\n$/, "").split("\n");
  const last = Math.max(place.span.start.line, place.span.end.line);
  const from = Math.max(1, place.span.start.line - CONTEXT_LINES);
  const to = Math.min(lines.length, last + CONTEXT_LINES);
  const shown: string[] = [];
  for (let number = from; number <= to; number++) {
    const mark = number >= place.span.start.line && number <= last ? ">>>" : "   ";
    shown.push(
      ` ${String(number).padStart(3)} | ${mark} ${printable(lines[number - 1] ?? "", MAX_SHOWN_LINE)}`.trimEnd(),
    );
  }
  return shown.join("\n");
}

/** Terminal control codes in a Dockerfile must not reach the terminal through an error. */
function printable(text: string, limit: number): string {
  const clean = Array.from(text.slice(0, limit), (character) => (isControl(character) ? "" : character)).join(
    "",
  );
  return text.length > limit ? `${clean}…` : clean;
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code < 32 && code !== 9) || (code >= 127 && code < 160);
}

/** Text between quotes for a message, shortened. */
export function quote(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(short);
}
