// The commander tree, made from the table of commands. Parsing ends in one callback; nothing is run here.
import { Command, Option } from "commander";
import type { CommandIo } from "./command-io.ts";
import type { CommandSpec } from "./commands/command.ts";
import { commandTable, flagsOf } from "./commands/command-table.ts";
import { commonFlags } from "./options/build-flags.ts";
import { isSwitch, type Flag } from "./options/flag.ts";
import type { ParsedOptions } from "./options/judge-flags.ts";
import { packageVersion } from "./package-version.ts";

/** Called once with the command that was asked for. */
export type OnCommand = (
  command: CommandSpec,
  args: readonly string[],
  options: ParsedOptions,
) => Promise<void>;

/** Errors of parsing are thrown as commander's CommanderError, and nothing of them is printed. */
export function makeProgram(io: CommandIo, onCommand: OnCommand): Command {
  const program = new Command("tsbuild")
    .description("Builds OCI images from a Dockerfile without a daemon.")
    .usage("[build] [options] PATH\n       tsbuild COMMAND …")
    .version(packageVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .addHelpCommand(
      new Command("help")
        .argument("[command]")
        .description("print the help of a command")
        .helpGroup("Other:"),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      // The one who catches the error prints it.
      outputError: () => {},
    })
    .addHelpText("after", '\n"tsbuild build --help" has the options of a build.');
  for (const flag of commonFlags) program.addOption(makeOption(flag));
  for (const spec of commandTable)
    program.addCommand(makeCommand(spec, program, onCommand), { isDefault: spec.byDefault === true });
  return program;
}

function makeCommand(spec: CommandSpec, program: Command, onCommand: OnCommand): Command {
  const command = new Command(spec.name)
    .copyInheritedSettings(program)
    .description(spec.summary)
    .helpGroup(`${spec.group}:`);
  if (spec.args !== "") command.arguments(spec.args);
  if (spec.byDefault === true) command.usage("[options] PATH");
  for (const flag of flagsOf(spec)) command.addOption(makeOption(flag));
  return command.action(() => onCommand(spec, command.args, command.optsWithGlobals()));
}

function makeOption(flag: Flag): Option {
  const option = new Option(flag.form, flag.help).hideHelp(flag.hidden ?? false);
  // Commander takes --no-cache for the opposite of a --cache; here it is a switch of its own.
  option.negate = false;
  if (flag.repeated === true && !isSwitch(flag)) {
    option.argParser((value: string, before: unknown) => [...(Array.isArray(before) ? before : []), value]);
  }
  return option;
}
