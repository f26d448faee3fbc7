// Asks each undone flag that was given for its fate: refusals are thrown, the rest is gathered to be named once.
import { usageError } from "../cli-error.ts";
import { longName, propertyName, type Flag } from "./flag.ts";

/** Options as commander leaves them: by property name, repeated ones as lists, switches as `true`. */
export type ParsedOptions = Readonly<Record<string, unknown>>;

/** One line for each flag that is ignored: `--squash is ignored: docker ignores it too`. */
export function judgeFlags(flags: readonly Flag[], options: ParsedOptions): string[] {
  const notes: string[] = [];
  for (const flag of flags) {
    const name = longName(flag);
    const whys = new Set<string>();
    for (const value of valuesOf(options[propertyName(flag)])) {
      const fate = flag.fate(value);
      if (fate.kind === "refused") throw usageError(`Cannot use ${`${name} ${value}`.trim()}: ${fate.why}`);
      if (fate.kind === "ignored") whys.add(fate.why);
    }
    for (const why of whys) notes.push(`${name} is ignored: ${why}`);
  }
  return notes;
}

// Of a switch that is on the one value is "".
function valuesOf(option: unknown): string[] {
  if (option === true) return [""];
  if (typeof option === "string") return [option];
  return Array.isArray(option) ? option.map(String) : [];
}
