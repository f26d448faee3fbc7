// `tsbuild inspect IMAGE…`: one JSON array, as docker prints it.
import { CliError, messageOf, usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { describeImage } from "../images/describe-image.ts";
import { findImage } from "../images/find-image.ts";
import { openImageReader } from "../images/image-reader.ts";
import { readImage } from "../images/read-image.ts";
import { withSession } from "../images/session.ts";
import { parseOnePlatform } from "../options/platform-option.ts";
import { textOption } from "../options/read-options.ts";
import { cleanLine } from "../progress/escape-stripper.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (images, options, io) => {
  if (images.length === 0) throw usageError("Cannot inspect: IMAGE is missing");
  const format = textOption(options, "format");
  if (format !== undefined && format !== "json" && format !== "{{json .}}") {
    throw usageError(`Cannot use --format ${format}: inspect prints json; pipe it to jq`);
  }
  const platformText = textOption(options, "platform");
  const platform = platformText === undefined ? undefined : parseOnePlatform(platformText);
  await withSession(options, io, async (session) => {
    const described: object[] = [];
    let failure: unknown;
    for (const text of images) {
      try {
        const { root, names } = await findImage(session.store, text);
        const image = await readImage(root, openImageReader(session, root), { platform, signal: io.signal });
        described.push(await describeImage(image, names, session.store));
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (failure !== undefined) io.stderr.write(`ERROR: ${cleanLine(messageOf(failure))}\n`);
        failure = error;
      }
    }
    print(io, JSON.stringify(described, undefined, 4));
    if (failure !== undefined) throw failure;
  });
};
