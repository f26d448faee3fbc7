// The command line of a build, understood: everything that `build` needs except the open store and client.
import { addAbortSignal } from "node:stream";
import { text as readText } from "node:stream/consumers";
import type { BuildOptions } from "@tsbuild/builder";
import { usageError } from "../cli-error.ts";
import type { CommandIo } from "../command-io.ts";
import { commandNames } from "../commands/command-names.ts";
import { parseCompression } from "./compression-option.ts";
import { contextFolder } from "./context-option.ts";
import { parseCsvRecord } from "./csv-record.ts";
import { dockerfilePath } from "./dockerfile-path.ts";
import { fullName, parseTag } from "./image-name.ts";
import type { ParsedOptions } from "./judge-flags.ts";
import { parseAnnotations, parseBuildArgs, parseLabels } from "./key-values.ts";
import { parseCount } from "./number-option.ts";
import { parseOutputs } from "./outputs-option.ts";
import { parsePlatforms } from "./platform-option.ts";
import { listOption, switchOption, textOption } from "./read-options.ts";
import { readRunOptions } from "./run-options.ts";
import { parseSourceDateEpoch } from "./source-date-epoch.ts";

/** `options` goes to the builder as it is, completed by what is open: store, registries, report, signal. */
export interface BuildRequest {
  readonly options: Omit<BuildOptions, "store" | "registries" | "report" | "signal">;
  /** Print the plan instead of building. */
  readonly dryRun: boolean;
  readonly insecureNames: readonly string[];
  readonly usesStdout: boolean;
}

/** Reads the Dockerfile from standard input for `-f -`. Anything wrong is a usage error. */
export async function readBuildRequest(
  paths: readonly string[],
  options: ParsedOptions,
  io: CommandIo,
): Promise<BuildRequest> {
  const context = contextFolder(paths, io.cwd, commandNames);
  const tags = listOption(options, "tag").map((tag) => fullName(parseTag(tag, "--tag")));
  const buildArgs = readBuildArgs(options, io);
  const outputs = parseOutputs(listOption(options, "output"), {
    cwd: io.cwd,
    push: switchOption(options, "push"),
    tags,
    terminal: io.stdout.isTTY === true,
  });
  const sourceDateEpoch = parseSourceDateEpoch(buildArgs["SOURCE_DATE_EPOCH"]);
  const rewriteTimestamp = switchOption(options, "rewriteTimestamp") || outputs.rewriteTimestamp;
  if (rewriteTimestamp && sourceDateEpoch === undefined) {
    throw usageError("Cannot rewrite timestamps: SOURCE_DATE_EPOCH is not set; set it in the environment");
  }
  const compression =
    parseCompression(
      textOption(options, "compression"),
      textOption(options, "compressionLevel"),
      "--compression",
    ) ?? outputs.compression;
  const platforms = parsePlatforms(listOption(options, "platform"));
  const target = textOption(options, "target");
  const jobs = parseCount(textOption(options, "jobs"), "--jobs", 1);
  return {
    options: {
      context,
      ...(await readDockerfile(textOption(options, "file"), context, io)),
      tags,
      ...(target !== undefined && target !== "" ? { target } : {}),
      buildArgs,
      labels: parseLabels(listOption(options, "label")),
      annotations: { ...outputs.annotations, ...parseAnnotations(listOption(options, "annotation")) },
      ...(platforms.length > 0 ? { platforms } : {}),
      outputs: outputs.outputs,
      noCache: readNoCache(options),
      pull: switchOption(options, "pull"),
      ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
      rewriteTimestamp,
      ...readRunOptions(options),
      ...(compression === undefined ? {} : { compression }),
      ...(jobs === undefined ? {} : { jobs }),
    },
    dryRun: switchOption(options, "dryRun"),
    insecureNames: outputs.insecureNames,
    usesStdout: outputs.usesStdout,
  };
}

// Docker passes the environment's SOURCE_DATE_EPOCH as a build argument when none is given.
function readBuildArgs(options: ParsedOptions, io: CommandIo): Record<string, string> {
  const buildArgs = parseBuildArgs(listOption(options, "buildArg"), io.env);
  const epoch = io.env["SOURCE_DATE_EPOCH"];
  if (epoch !== undefined && epoch !== "") buildArgs["SOURCE_DATE_EPOCH"] ??= epoch;
  return buildArgs;
}

function readNoCache(options: ParsedOptions): boolean | string[] {
  const stages = listOption(options, "noCacheFilter").flatMap((value) =>
    parseCsvRecord(value, "--no-cache-filter"),
  );
  const all = switchOption(options, "noCache");
  if (all && stages.length > 0) throw usageError("Cannot use --no-cache and --no-cache-filter together");
  return all || (stages.length > 0 ? stages.map((stage) => stage.trim()) : false);
}

async function readDockerfile(
  file: string | undefined,
  context: string,
  io: CommandIo,
): Promise<{ dockerfile: string } | { dockerfileText: string }> {
  if (file !== "-") return { dockerfile: dockerfilePath(file, context, io.cwd) };
  if (io.stdin.isTTY === true) {
    throw usageError("Cannot read the Dockerfile from a terminal; pipe it to -f -, or name a file");
  }
  return { dockerfileText: await readText(addAbortSignal(io.signal, io.stdin)) };
}
