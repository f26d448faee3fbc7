// Sizes as docker's go-units reads them: `64m`, `1.5g`, `512`, `2GiB`, all powers of 1024.

const UNITS = "bkmgtp";
const SIZE = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?b?|b)?$/i;

/** The number of bytes, a whole number; `undefined` for a text that is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = text.length > 40 ? null : SIZE.exec(text);
  if (match === null) return undefined;
  const power = match[2] === undefined ? 0 : UNITS.indexOf(match[2].toLowerCase());
  const bytes = Math.trunc(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
