// Go's flag grammar where commander's differs: `--push=false` for a switch, `-t=name` for a short flag.
// https://pkg.go.dev/github.com/spf13/pflag@v1.0.7#hdr-Command_line_flag_syntax
import { parseBoolean } from "./attributes.ts";
import { isSwitch, longName, shortName, type Flag } from "./flag.ts";

/** The arguments rewritten to what commander reads alike; what follows `--` is left alone. */
export function normalizeArguments(args: readonly string[], flags: readonly Flag[]): string[] {
  const switches = new Map<string, Flag>();
  for (const flag of flags.filter(isSwitch)) {
    switches.set(longName(flag), flag);
    const short = shortName(flag);
    if (short !== undefined) switches.set(short, flag);
  }
  const result: string[] = [];
  for (const [index, argument] of args.entries()) {
    if (argument === "--") return [...result, ...args.slice(index)];
    const [, name, value] = /^(--?[a-zA-Z][\w-]*)=([^]*)$/.exec(argument) ?? [];
    if (name === undefined || value === undefined) {
      result.push(argument);
      continue;
    }
    const known = switches.get(name);
    if (known !== undefined) applySwitch(result, known, parseBoolean(value, name));
    else if (/^-[a-zA-Z]$/.test(name)) result.push(name, value);
    else result.push(argument);
  }
  return result;
}

// The last use of a switch counts: `--push --push=false` does not push.
function applySwitch(result: string[], flag: Flag, on: boolean): void {
  const names = [longName(flag), shortName(flag)];
  if (on) result.push(longName(flag));
  else result.splice(0, result.length, ...result.filter((argument) => !names.includes(argument)));
}
