// `tsbuild rmi IMAGE…`: names go, and the bytes stay until they are pruned: another build may be reading them.
import { CliError, messageOf, usageError } from "../cli-error.ts";
import { print, type CommandIo } from "../command-io.ts";
import { familiarName, findImage } from "../images/find-image.ts";
import { withSession, type Session } from "../images/session.ts";
import { switchOption } from "../options/read-options.ts";
import { cleanLine } from "../progress/escape-stripper.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (images, options, io) => {
  if (images.length === 0) throw usageError("Cannot remove: IMAGE is missing");
  const force = switchOption(options, "force");
  await withSession(options, io, async (session) => {
    let failed = false;
    for (const image of images) {
      try {
        await removeOne(image, force, session, io);
      } catch (error) {
        // As docker: the others are still removed.
        if (force && error instanceof CliError && error.code === "IMAGE_UNKNOWN") continue;
        if (images.length === 1) throw error;
        io.stderr.write(`ERROR: ${cleanLine(messageOf(error))}\n`);
        failed = true;
      }
    }
    if (failed) throw new CliError("SOME_FAILED", "Cannot remove every image");
  });
};

async function removeOne(image: string, force: boolean, { store }: Session, io: CommandIo): Promise<void> {
  const found = await findImage(store, image);
  const names = found.name !== undefined && found.names.includes(found.name) ? [found.name] : found.names;
  if (names.length > 1 && !force) {
    throw new CliError(
      "IMAGE_IN_USE",
      `Cannot remove ${image}: it has ${String(names.length)} names (${names.map(familiarName).join(", ")}); ` +
        "remove one by name, or all with --force",
    );
  }
  for (const name of names) {
    if (await store.tags.untag(name)) print(io, `Untagged: ${familiarName(name)}`);
  }
}
