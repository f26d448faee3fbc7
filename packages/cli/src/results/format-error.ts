// An error as the user reads it: the place in the Dockerfile, the message, what lies behind it.
import { formatExcerpt, type ErrorPlace } from "@tsbuild/dockerfile";
import { isAbsolute, relative } from "node:path";
import { messageOf } from "../cli-error.ts";
import { cleanText } from "../progress/escape-stripper.ts";

interface FormatOptions {
  /** Adds the stacks. */
  readonly debug: boolean;
  /** The Dockerfile is named relative to this folder when it is below it. */
  readonly cwd: string;
}

/** Harmless lines for standard error. */
export function formatError(error: unknown, options: FormatOptions): string[] {
  const lines = [...excerptOf(error, options.cwd), `ERROR: ${messageOf(error)}`, ...causesOf(error)];
  if (options.debug) lines.push(...stacksOf(error));
  return lines.flatMap((line) => withoutPasswords(cleanText(line)).split("\n"));
}

/** Whatever named the URL (a Dockerfile, an option, a proxy): its password is not for a log. */
function withoutPasswords(line: string): string {
  return line.replace(/(:\/\/[^\s/:@]*):[^\s/@]*@/g, "$1:***@");
}

const rule = "--------------------";
// The most lines shown of one long instruction.
const longestExcerpt = 20;

function excerptOf(error: unknown, cwd: string): string[] {
  const place = chain(error)
    .map(placeOf)
    .find((found) => found !== undefined);
  if (place === undefined) return [];
  const lines = formatExcerpt(place).split("\n");
  const shown = lines.length > longestExcerpt ? [...lines.slice(0, longestExcerpt - 1), "     | ..."] : lines;
  return [`${shortPath(place.path, cwd)}:${String(place.span.start.line)}`, rule, ...shown, rule];
}

function shortPath(path: string, cwd: string): string {
  const short = isAbsolute(path) ? relative(cwd, path) : path;
  return short.startsWith("..") ? path : short;
}

// A cause is worth a line when the message above does not repeat it already.
function causesOf(error: unknown): string[] {
  const [first, ...causes] = chain(error);
  let said = messageOf(first);
  const lines: string[] = [];
  for (const cause of causes) {
    const message = messageOf(cause);
    if (message === "" || said.includes(message)) continue;
    lines.push(`  because: ${message}`);
    said += message;
  }
  return lines;
}

function stacksOf(error: unknown): string[] {
  return chain(error).flatMap((one) =>
    one instanceof Error && one.stack !== undefined ? ["", one.stack] : [],
  );
}

// An error and its causes; eight are enough, and a loop ends.
function chain(error: unknown): unknown[] {
  const errors: unknown[] = [];
  for (let one: unknown = error; one !== undefined && errors.length < 8;) {
    errors.push(one);
    one = one instanceof Error ? one.cause : undefined;
  }
  return errors;
}

// BuildError has it as `location`, DockerfileError as `place`; asking by shape spares loading the builder.
function placeOf(error: unknown): ErrorPlace | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("location" in error && isPlace(error.location)) return error.location;
  if ("place" in error && isPlace(error.place)) return error.place;
  return undefined;
}

function isPlace(value: unknown): value is ErrorPlace {
  return (
    typeof value === "object" && value !== null && "path" in value && "source" in value && "span" in value
  );
}
