// Which renderer: --progress, else BUILDKIT_PROGRESS, else by what standard error is.
import { usageError } from "../cli-error.ts";
import type { CommandIo } from "../command-io.ts";

export type ProgressMode = "plain" | "tty" | "quiet" | "none" | "rawjson";

/** `quiet` prints the result's ID and nothing else, `none` not even that. */
export function progressMode(
  flag: string | undefined,
  quiet: boolean,
  io: Pick<CommandIo, "env" | "stderr">,
): ProgressMode {
  const asked = flag ?? (io.env["BUILDKIT_PROGRESS"] || "auto");
  const mode = parseMode(asked, flag === undefined ? "BUILDKIT_PROGRESS" : "--progress");
  if (!quiet) return mode === "auto" ? automatic(io) : mode;
  if (flag !== undefined && mode !== "auto" && mode !== "quiet") {
    throw usageError(`Cannot use --quiet and --progress ${flag} together`);
  }
  return "quiet";
}

function parseMode(text: string, origin: string): ProgressMode | "auto" {
  switch (text) {
    case "auto":
    case "plain":
    case "tty":
    case "quiet":
    case "none":
    case "rawjson":
      return text;
    default:
      throw usageError(`Cannot use ${origin} ${text}: choose auto, plain, tty, quiet, none or rawjson`);
  }
}

function automatic(io: Pick<CommandIo, "env" | "stderr">): "plain" | "tty" {
  const { CI: ci, TERM: term } = io.env;
  const inCi = ci !== undefined && ci !== "" && ci !== "false" && ci !== "0";
  return io.stderr.isTTY === true && !inCi && term !== "dumb" ? "tty" : "plain";
}
