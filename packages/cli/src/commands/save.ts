// `tsbuild save IMAGE…`: an archive for docker load, or an OCI layout as archive or folder.
import type { Platform } from "@tsbuild/oci";
import {
  combineReaders,
  copy,
  openOciLayout,
  writeDockerArchive,
  writeOciArchive,
  type ArchivedImage,
  type BlobReader,
} from "@tsbuild/store";
import { resolve } from "node:path";
import { usageError } from "../cli-error.ts";
import type { CommandIo } from "../command-io.ts";
import { findImage } from "../images/find-image.ts";
import { openImageReader } from "../images/image-reader.ts";
import { isNameless } from "../images/nameless.ts";
import { selectManifest } from "../images/read-image.ts";
import { withSession, type Session } from "../images/session.ts";
import { parseOnePlatform } from "../options/platform-option.ts";
import { textOption } from "../options/read-options.ts";
import type { RunCommand } from "./command.ts";

type ArchiveFormat = "docker-archive" | "oci-archive" | "oci-dir";

export const run: RunCommand = async (images, options, io) => {
  if (images.length === 0) throw usageError("Cannot save: IMAGE is missing");
  const format = parseArchiveFormat(textOption(options, "format"));
  const dest = textOption(options, "output");
  if (format === "oci-dir" && (dest === undefined || dest === "-")) {
    throw usageError("Cannot save as oci-dir: name the folder with -o");
  }
  const toStdout = dest === undefined || dest === "-";
  if (toStdout && io.stdout.isTTY === true) {
    throw usageError("Cannot write an archive to a terminal; use -o FILE, or pipe it");
  }
  const platformText = textOption(options, "platform");
  const platform = platformText === undefined ? undefined : parseOnePlatform(platformText);
  await withSession(options, io, async (session) => {
    const { archived, reader } = await gather(images, platform, session, io);
    const out = toStdout ? io.stdout : resolve(io.cwd, dest);
    const { signal } = io;
    if (format === "docker-archive") await writeDockerArchive(out, archived, reader, { signal });
    else if (format === "oci-archive") await writeOciArchive(out, archived, reader, { signal });
    else await writeFolder(resolve(io.cwd, dest ?? ""), archived, reader, signal);
  });
};

function parseArchiveFormat(text: string | undefined): ArchiveFormat {
  switch (text) {
    case undefined:
    case "docker":
    case "docker-archive":
      return "docker-archive";
    case "oci":
    case "oci-archive":
      return "oci-archive";
    case "oci-dir":
      return text;
    default:
      throw usageError(`Cannot use --format ${text}: choose docker-archive, oci-archive or oci-dir`);
  }
}

async function gather(
  texts: readonly string[],
  platform: Platform | undefined,
  session: Session,
  io: CommandIo,
): Promise<{ archived: ArchivedImage[]; reader: BlobReader }> {
  const byRoot = new Map<string, ArchivedImage>();
  const readers: BlobReader[] = [];
  for (const text of texts) {
    const found = await findImage(session.store, text);
    const reader = openImageReader(session, found.root);
    readers.push(reader);
    const root =
      platform === undefined
        ? found.root
        : await selectManifest(found.root, reader, { platform, signal: io.signal });
    const names = (found.name === undefined ? found.names : [found.name]).filter((name) => !isNameless(name));
    const known = byRoot.get(root.digest);
    if (known === undefined) byRoot.set(root.digest, { root, names: [...names] });
    else known.names.push(...names.filter((name) => !known.names.includes(name)));
  }
  return { archived: [...byRoot.values()], reader: combineReaders(...readers) };
}

async function writeFolder(
  folder: string,
  images: readonly ArchivedImage[],
  reader: BlobReader,
  signal: AbortSignal,
): Promise<void> {
  const layout = await openOciLayout(folder, { create: true });
  for (const { names, root } of images) {
    await copy(root, reader, layout, { signal });
    for (const name of names.length > 0 ? names : ["latest"]) await layout.tag(name, root);
  }
}
