// Durations as Go writes them: `1h30m`, `1.5s`, `300ms`. https://pkg.go.dev/time#ParseDuration

const UNIT_NS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
/** The largest duration of Go, 2^63 - 1 ns. */
const MAX_NS = 9_223_372_036_854_775_807n;

/**
 * Nanoseconds, rounded to a whole number; `undefined` for a text that is no duration. Above 2^53 the number is the
 * nearest that a JavaScript number can hold.
 */
export function parseDuration(text: string): number | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const rest = text.slice(sign.length);
  if (rest === "0") return 0;
  if (rest === "") return undefined;
  let total = 0n;
  let at = 0;
  while (at < rest.length) {
    PART.lastIndex = at;
    const match = PART.exec(rest);
    const [whole = "", integer = "", fraction = "", unit = ""] = match ?? [];
    if (match === null || integer + fraction === "" || integer.length > 20) return undefined;
    const unitNs = UNIT_NS.get(unit) ?? 0;
    total +=
      BigInt(integer || "0") * BigInt(unitNs) + BigInt(Math.trunc(Number(`0.${fraction || "0"}`) * unitNs));
    if (total > MAX_NS) return undefined;
    at += whole.length;
  }
  return sign === "-" ? -Number(total) : Number(total);
}
