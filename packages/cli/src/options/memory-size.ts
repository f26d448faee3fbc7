// Docker's sizes of memory: 64m, 1.5GiB, 1000. All units are powers of 1024.
// https://github.com/docker/go-units/blob/v0.5.0/size.go (RAMInBytes)
import { usageError } from "../cli-error.ts";

const units = ["", "k", "m", "g", "t", "p"];

/** In bytes; `undefined` stays so. */
export function parseMemorySize(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text) ?? [];
  if (number === undefined) throw usageError(`Cannot read ${flag} ${text}: it is no size; say 64m or 1g`);
  const bytes = Math.trunc(Number(number) * 1024 ** units.indexOf(unit.toLowerCase()));
  if (!Number.isSafeInteger(bytes)) throw usageError(`Cannot use ${flag} ${text}: no machine has so much`);
  return bytes;
}
