// SOURCE_DATE_EPOCH from --build-arg or the environment: the time that config and history carry.
// https://reproducible-builds.org/specs/source-date-epoch/
import { usageError } from "../cli-error.ts";

// The last second of the year 9999: the last that RFC 3339, which the config is written in, can say.
const lastSecond = 253_402_300_799;

/** Seconds since 1970. `undefined` and the empty text mean that there is none. */
export function parseSourceDateEpoch(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > lastSecond) {
    throw usageError(
      `Cannot use SOURCE_DATE_EPOCH=${text}: it must be whole seconds since 1970 (before the year 10000)`,
    );
  }
  return seconds;
}
