// `tsbuild pull NAME`: an index comes whole, the images in it only as far as they are for this platform; where
// the rest is gets noted, so that a later push has it.
import {
  formatFamiliar,
  formatPlatform,
  hostPlatform,
  isIndexType,
  manifestSizeLimit,
  parseManifest,
  type Descriptor,
  type Reference,
} from "@tsbuild/oci";
import { copy, readAll } from "@tsbuild/store";
import { CliError, usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { showCopy } from "../images/copy-progress.ts";
import { withSession, type Session } from "../images/session.ts";
import { fullName, parseImageName } from "../options/image-name.ts";
import { parseCount } from "../options/number-option.ts";
import { parseOnePlatform } from "../options/platform-option.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async ([text], options, io) => {
  if (text === undefined) throw usageError("Cannot pull: NAME is missing");
  const reference = parseImageName(text);
  const platformText = textOption(options, "platform");
  const platform = platformText === undefined ? hostPlatform() : parseOnePlatform(platformText);
  const jobs = parseCount(textOption(options, "jobs"), "--jobs", 1);
  const { signal } = io;
  await withSession(options, io, async (session) => {
    const name = fullName(reference);
    const before = await session.store.tags.resolve(name);
    const root = await showCopy(
      `pull ${name} for ${formatPlatform(platform)}`,
      options,
      io,
      async (report) => {
        const repository = (await session.registries()).repository(reference);
        const found = await repository.resolve(reference.digest ?? reference.tag ?? "latest", { signal });
        if (found === undefined) {
          throw new CliError(
            "IMAGE_UNKNOWN",
            `Cannot pull ${formatFamiliar(reference)}: the registry does not have it`,
          );
        }
        await copy(found, repository, session.store, { platform, jobs, report, signal });
        await noteOrigin(session, found, reference);
        await session.store.tags.tag(name, found);
        return found;
      },
    );
    if (!switchOption(options, "quiet")) {
      print(io, `Digest: ${root.digest}`);
      const news = before?.digest === root.digest ? "Image is up to date" : "Downloaded newer image";
      print(io, `Status: ${news} for ${formatFamiliar(reference)}`);
    }
    print(io, name);
  });
};

// The root's origin stands for all below it that was not copied.
async function noteOrigin(
  { store }: Session,
  root: Descriptor,
  { registry, repository }: Reference,
): Promise<void> {
  const origin = { registry, repository };
  await store.elsewhere.save(root, origin);
  if (!isIndexType(root.mediaType)) return;
  const document = parseManifest(await readAll(store.read(root), manifestSizeLimit), root.mediaType);
  if (document.kind !== "index") return;
  for (const manifest of document.index.manifests) {
    if (!(await store.has(manifest))) await store.elsewhere.save(manifest, origin);
  }
}
