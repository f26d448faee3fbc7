// `tsbuild version`.
import { usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { textOption } from "../options/read-options.ts";
import { packageVersion } from "../package-version.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (_, options, io) => {
  const facts = {
    tsbuild: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
  };
  const format = textOption(options, "format") ?? "text";
  if (format === "json") print(io, JSON.stringify(facts));
  else if (format === "text")
    print(io, `tsbuild ${facts.tsbuild} (Node.js ${facts.node}, ${facts.platform})`);
  else throw usageError(`Cannot use --format ${format}: choose text or json`);
};
