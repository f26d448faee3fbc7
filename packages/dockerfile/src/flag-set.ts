// Flags of an instruction, checked against what it knows: unknown, doubled and malformed ones are errors.

import { formatSuggestion, suggest } from "./suggest.ts";
import type { Word } from "./instruction.ts";
import type { CommandLine, RawFlag } from "./split-command.ts";

/** What a flag takes: a text once, a text any number of times, or `true` and `false` with a bare flag for true. */
type FlagKind = "text" | "texts" | "boolean";

/** The flags that an instruction knows, by name without dashes. */
export type FlagKinds = Readonly<Record<string, FlagKind>>;

/** The flags that were given. */
export interface Flags {
  /** The value of a text flag; `undefined` when it is absent or empty, which BuildKit doesn't tell apart. */
  text(name: string): Word | undefined;
  texts(name: string): readonly Word[];
  boolean(name: string): boolean | undefined;
}

/** Reads and checks the flags of an instruction. Throws `UNKNOWN_FLAG` and `FLAG_INVALID`. */
export function readFlags(command: CommandLine, kinds: FlagKinds): Flags {
  const known = new Map(Object.entries(kinds));
  const given = new Map<string, Word[]>();
  const booleans = new Map<string, boolean>();
  for (const flag of command.flags) {
    const equals = flag.text.indexOf("=");
    const name = flag.text.slice(2, equals === -1 ? undefined : equals);
    const kind = known.get(name);
    if (kind === undefined) throw unknownFlag(command, flag, name, [...known.keys()]);
    const values = given.get(name) ?? [];
    if (values.length > 0 && kind !== "texts") throw invalid(command, flag, `--${name} is given twice`);
    const value = valueWord(command, flag, equals);
    if (kind === "boolean") booleans.set(name, readBoolean(command, flag, name, value?.text));
    else if (value === undefined) throw invalid(command, flag, `--${name} needs a value, as in --${name}=…`);
    given.set(name, [...values, value ?? command.line.word(flag.range, "")]);
  }
  return {
    text: (name) => given.get(name)?.find((word) => word.text !== ""),
    texts: (name) => given.get(name) ?? [],
    boolean: (name) => booleans.get(name),
  };
}

function valueWord(command: CommandLine, flag: RawFlag, equals: number): Word | undefined {
  if (equals === -1) return undefined;
  const written = command.line.text.indexOf("=", flag.range.start);
  const start = written === -1 || written >= flag.range.end ? flag.range.start : written + 1;
  return command.line.word({ start, end: flag.range.end }, flag.text.slice(equals + 1));
}

function readBoolean(command: CommandLine, flag: RawFlag, name: string, value: string | undefined): boolean {
  if (value === undefined) return true;
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  if (value === "") throw invalid(command, flag, `--${name}= needs true or false`);
  throw invalid(command, flag, `--${name} is true or false, not ${JSON.stringify(value)}`);
}

function unknownFlag(command: CommandLine, flag: RawFlag, name: string, known: readonly string[]): Error {
  const keyword = command.keyword.text.toUpperCase();
  const remedy = formatSuggestion(suggest(name, known));
  const knows =
    known.length === 0 ? "; it takes no flags" : `; it knows ${known.map((k) => `--${k}`).join(", ")}`;
  const message = `Cannot parse ${keyword}: unknown flag --${name}${remedy}${remedy === "" ? knows : ""}`;
  return command.line.error("UNKNOWN_FLAG", message, flag.range);
}

function invalid(command: CommandLine, flag: RawFlag, reason: string): Error {
  const message = `Cannot parse ${command.keyword.text.toUpperCase()}: ${reason}`;
  return command.line.error("FLAG_INVALID", message, flag.range);
}
