// The texts of `created_by`, as BuildKit writes them. Tools that explain images parse them, so the exact form
// matters, Go's formatting of lists and structs included.
// https://github.com/moby/buildkit (frontend/dockerfile/dockerfile2llb)
import type { HistoryEntry, RuntimeConfig } from "@tsbuild/oci";

const comment = "buildkit.dockerfile.v0";

/** An entry for a step; `created` is filled in when the image is put together. */
export function historyEntry(text: string, kind: "files" | "workdir" | "config"): HistoryEntry {
  switch (kind) {
    case "files":
      return { created_by: `${text} # buildkit`, comment };
    case "workdir":
      return { created_by: text, comment };
    case "config":
      return { created_by: text, comment, empty_layer: true };
  }
}

/** Go's `%q` of a list of strings: `["a" "b"]`. */
export function quotedList(args: readonly string[]): string {
  return `[${args.map(quote).join(" ")}]`;
}

/** Go's `%v` of a list of strings: `[a b]`. */
export function plainList(args: readonly string[]): string {
  return `[${args.join(" ")}]`;
}

/** Go's `%+v` of a health check: `{Test:[CMD true] Interval:30s … Retries:3}`. */
export function healthcheckText(check: NonNullable<RuntimeConfig["Healthcheck"]>): string {
  const { Test = [], Interval, Timeout, StartPeriod, StartInterval, Retries = 0 } = check;
  const durations = Object.entries({ Interval, Timeout, StartPeriod, StartInterval });
  const parts = [
    `Test:${plainList(Test)}`,
    ...durations.map(([name, ns]) => `${name}:${goDuration(ns ?? 0)}`),
    `Retries:${Retries}`,
  ];
  return `{${parts.join(" ")}}`;
}

/** Go's strconv.Quote for the characters that occur: printable text stays, the rest is escaped. */
function quote(text: string): string {
  let out = '"';
  for (const char of text) out += escapeChar(char);
  return `${out}"`;
}

const named: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

function escapeChar(char: string): string {
  if (char === '"') return '\\"';
  const known = named[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) return char;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Go's Duration.String: `1m30s`, `1.5s`, `500ms`, `0s`. */
export function goDuration(ns: number): string {
  if (ns === 0) return "0s";
  if (ns < 1e9) {
    const [unit, size] =
      ns < 1e3 ? (["ns", 1] as const) : ns < 1e6 ? (["µs", 1e3] as const) : (["ms", 1e6] as const);
    return `${trimmed(ns, size)}${unit}`;
  }
  const hours = Math.floor(ns / 3_600e9);
  const minutes = Math.floor((ns % 3_600e9) / 60e9);
  const seconds = `${trimmed(ns % 60e9, 1e9)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function trimmed(value: number, unit: number): string {
  const whole = Math.floor(value / unit);
  const rest = value % unit;
  if (rest === 0) return String(whole);
  const digits = String(rest)
    .padStart(String(unit).length - 1, "0")
    .replace(/0+$/, "");
  return `${whole}.${digits}`;
}
