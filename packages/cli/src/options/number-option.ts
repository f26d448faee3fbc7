// A whole number given to a flag.
import { usageError } from "../cli-error.ts";

/** A whole number from `least` up; `undefined` stays so. */
export function parseCount(text: string | undefined, flag: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < least) {
    throw usageError(`Cannot use ${flag} ${text}: it must be a whole number, ${String(least)} or more`);
  }
  return count;
}
