// `tsbuild build`: the request is read, the build is run and shown, its results are written.
import type { BuildOptions, BuildResult } from "@tsbuild/builder";
import { print, type CommandIo } from "../command-io.ts";
import { withSession } from "../images/session.ts";
import { hostOfName } from "../options/image-name.ts";
import { readBuildRequest, type BuildRequest } from "../options/build-request.ts";
import type { ParsedOptions } from "../options/judge-flags.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import { cleanText } from "../progress/escape-stripper.ts";
import { progressMode, type ProgressMode } from "../progress/progress-mode.ts";
import { startProgress } from "../progress/progress.ts";
import { endReport } from "../results/end-report.ts";
import { imageId, writeResultFiles } from "../results/result-files.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (paths, options, io) => {
  const mode = progressMode(textOption(options, "progress"), switchOption(options, "quiet"), io);
  const request = await readBuildRequest(paths, options, io);
  if (request.dryRun) {
    print(io, cleanText(await plan(request, options, io, mode)));
    return;
  }
  const result = await buildAndShow(request, options, io, mode);
  await writeResultFiles(
    {
      iidfile: textOption(options, "iidfile"),
      digestFile: textOption(options, "digestFile"),
      metadataFile: textOption(options, "metadataFile"),
    },
    result,
    io.cwd,
  );
  // Standard output may be carrying an archive.
  if (mode === "quiet" && !request.usesStdout) print(io, imageId(result));
};

async function buildAndShow(
  request: BuildRequest,
  options: ParsedOptions,
  io: CommandIo,
  mode: ProgressMode,
): Promise<BuildResult> {
  const { build } = await import("@tsbuild/builder");
  return withProgress(request, options, io, mode, async (complete) => {
    const result = await build(complete);
    if (keepsNameless(request)) await complete.store.tags.tag(result.root.digest, result.root);
    return result;
  });
}

// As docker keeps it: an image that was built without -t can still be tagged, pushed and run by its ID.
function keepsNameless({ options: { tags = [], outputs = [] } }: BuildRequest): boolean {
  return outputs.some((output) => output.type === "image" && output.names === undefined) && tags.length === 0;
}

async function plan(
  request: BuildRequest,
  options: ParsedOptions,
  io: CommandIo,
  mode: ProgressMode,
): Promise<string> {
  const { planBuild, formatPlan } = await import("@tsbuild/builder");
  return formatPlan(await withProgress(request, options, io, mode, planBuild));
}

async function withProgress<T>(
  request: BuildRequest,
  options: ParsedOptions,
  io: CommandIo,
  mode: ProgressMode,
  work: (options: BuildOptions) => Promise<T>,
): Promise<T> {
  return withSession(options, io, async (session) => {
    const registries = await session.registries(request.insecureNames.map(hostOfName));
    const progress = startProgress(mode, io);
    try {
      const { report } = progress;
      return await work({ ...request.options, store: session.store, registries, report, signal: io.signal });
    } finally {
      progress.close();
      // Whoever asked for JSON has it all in there.
      const lines = mode === "rawjson" || mode === "none" ? [] : endReport(progress.view);
      if (lines.length > 0 && !io.signal.aborted) io.stderr.write(`${lines.join("\n")}\n`);
    }
  });
}
