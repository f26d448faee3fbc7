// `tsbuild push NAME`: what the registry has is not sent again, and what it can mount from another of its
// repositories is mounted.
import { formatFamiliar, type Descriptor, type Reference } from "@tsbuild/oci";
import { copy } from "@tsbuild/store";
import { CliError, usageError } from "../cli-error.ts";
import { print, type CommandIo } from "../command-io.ts";
import { showCopy } from "../images/copy-progress.ts";
import { findImage } from "../images/find-image.ts";
import { mountFromElsewhere, openImageReader } from "../images/image-reader.ts";
import { selectManifest } from "../images/read-image.ts";
import { withSession, type Session } from "../images/session.ts";
import { fullName, parseImageName, parseTag } from "../options/image-name.ts";
import type { ParsedOptions } from "../options/judge-flags.ts";
import { parseCount } from "../options/number-option.ts";
import { parseOnePlatform } from "../options/platform-option.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async ([text], options, io) => {
  if (text === undefined) throw usageError("Cannot push: NAME is missing");
  const reference = parseTag(text);
  await withSession(options, io, async (session) => {
    const all = switchOption(options, "allTags");
    const references = all ? await tagsOf(session, reference) : [reference];
    for (const one of references) await pushOne(one, session, options, io);
  });
};

async function pushOne(
  reference: Reference,
  session: Session,
  options: ParsedOptions,
  io: CommandIo,
): Promise<void> {
  const { signal } = io;
  const { root } = await findImage(session.store, fullName(reference));
  const reader = openImageReader(session, root);
  const platformText = textOption(options, "platform");
  const target =
    platformText === undefined
      ? root
      : await selectManifest(root, reader, { platform: parseOnePlatform(platformText), signal });
  const jobs = parseCount(textOption(options, "jobs"), "--jobs", 1);
  await showCopy(`push ${fullName(reference)}`, options, io, async (report) => {
    const repository = (await session.registries()).repository(reference);
    await copy(target, reader, mountFromElsewhere(session, root, repository), { jobs, report, signal });
    await repository.tag(reference.tag ?? "latest", target, { signal });
  });
  printPushed(reference, target, options, io);
}

function printPushed(reference: Reference, target: Descriptor, options: ParsedOptions, io: CommandIo): void {
  if (switchOption(options, "quiet")) print(io, fullName(reference));
  else print(io, `${reference.tag ?? ""}: digest: ${target.digest} size: ${String(target.size)}`);
}

async function tagsOf({ store }: Session, reference: Reference): Promise<Reference[]> {
  const references = (await store.tags.list()).flatMap(({ name }) => {
    const other = parseOrNothing(name);
    const same = other?.registry === reference.registry && other.repository === reference.repository;
    return same && other.digest === undefined ? [other] : [];
  });
  if (references.length > 0) return references;
  const { tag: _, ...repository } = reference;
  throw new CliError(
    "IMAGE_UNKNOWN",
    `Cannot push ${formatFamiliar(repository)}: the local store has no tag of it`,
  );
}

function parseOrNothing(name: string): Reference | undefined {
  try {
    return parseImageName(name);
  } catch {
    return undefined;
  }
}
