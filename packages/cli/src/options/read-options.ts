// Typed reading of what commander parsed: its options are `any`, and here they stop being so.
import type { ParsedOptions } from "./judge-flags.ts";

/** The values of a repeated flag, in order. */
export function listOption(options: ParsedOptions, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The value of a flag; `undefined` when not given. */
export function textOption(options: ParsedOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether a switch is on. */
export function switchOption(options: ParsedOptions, name: string): boolean {
  return options[name] === true;
}
