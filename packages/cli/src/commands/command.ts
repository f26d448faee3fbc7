// What a command is: its place in the command line, and how to load the code that does it. Nothing here loads
// that code, so that --help costs nothing.
import type { CommandIo } from "../command-io.ts";
import type { Flag } from "../options/flag.ts";
import type { ParsedOptions } from "../options/judge-flags.ts";

/** Does the command. What it throws is printed and becomes the exit status. */
export type RunCommand = (args: readonly string[], options: ParsedOptions, io: CommandIo) => Promise<void>;

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Commander's form: `<name>`, `[name...]`. */
  readonly args: string;
  readonly group: "Build" | "Images" | "Registries" | "Other";
  readonly flags: readonly Flag[];
  /** Runs when no command is named. */
  readonly byDefault?: boolean;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}
