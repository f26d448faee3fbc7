// One run of the command: arguments in, exit status out. Everything that the process has comes through `io`.
import { CommanderError } from "commander";
import { CliError, usageError } from "./cli-error.ts";
import type { CommandIo } from "./command-io.ts";
import { statusOfSignal } from "./interrupt.ts";
import type { CommandSpec } from "./commands/command.ts";
import { commandTable, flagsOf } from "./commands/command-table.ts";
import { judgeFlags, type ParsedOptions } from "./options/judge-flags.ts";
import { normalizeArguments } from "./options/normalize-arguments.ts";
import { makeProgram } from "./program.ts";

/**
 * Runs `tsbuild ARGS`. Never throws: what went wrong is on standard error, and the status says which kind it
 * was: 0 done, 1 failed, 2 wrong usage, 128 + n when `io.signal` was aborted by signal n.
 */
export async function runCli(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const normal = normalizeArguments(args, flagsOfNamed(args));
    await makeProgram(io, (command, rest, options) => runCommand(command, rest, options, io)).parseAsync(
      normal,
      {
        from: "user",
      },
    );
    return 0;
  } catch (error) {
    return report(error, args, io);
  }
}

async function runCommand(
  command: CommandSpec,
  args: readonly string[],
  options: ParsedOptions,
  io: CommandIo,
): Promise<void> {
  for (const note of judgeFlags(flagsOf(command), options)) io.stderr.write(`note: ${note}\n`);
  const { run } = await command.load();
  await run(args, options, io);
}

// Which switches there are depends on the command; the default one is meant when none is named first.
function flagsOfNamed(args: readonly string[]) {
  const named = commandTable.find((command) => command.name === args[0]);
  const command = named ?? commandTable.find((command) => command.byDefault === true);
  return command === undefined ? [] : flagsOf(command);
}

async function report(error: unknown, args: readonly string[], io: CommandIo): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const interrupted = io.signal.aborted ? statusOfSignal(io.signal.reason) : undefined;
  if (interrupted !== undefined) {
    if (interrupted.message !== "") io.stderr.write(`${interrupted.message}\n`);
    return interrupted.status;
  }
  const shown = error instanceof CommanderError ? usageError(readable(error.message)) : error;
  if (!(shown instanceof CliError) || shown.code !== "SOME_FAILED") {
    const { formatError } = await import("./results/format-error.ts");
    const debug = args.includes("-D") || args.includes("--debug");
    io.stderr.write(`${formatError(shown, { debug, cwd: io.cwd }).join("\n")}\n`);
  }
  if (!isUsage(shown)) return 1;
  io.stderr.write('See "tsbuild --help" and "tsbuild build --help"\n');
  return 2;
}

// "error: unknown option '--pusk'\n(Did you mean --push?)" in the form of our own messages.
function readable(message: string): string {
  const text = message.replace(/^error: /, "").replace(/\n\((.*)\)$/s, ". $1");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The builder tells a wrong option by its code; its class would load the builder.
function isUsage(error: unknown): boolean {
  if (error instanceof CliError) return error.code === "USAGE";
  return error instanceof Error && "code" in error && error.code === "OPTION_INVALID";
}
