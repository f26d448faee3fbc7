// `tsbuild load`: images from an archive of docker save, an OCI archive, or an OCI layout in a folder.
import { formatReference, parseReference, withDefaultTag, type Descriptor } from "@tsbuild/oci";
import { copy, openDockerArchive, openOciLayout, type BlobReader, type LocalStore } from "@tsbuild/store";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CliError, messageOf, usageError } from "../cli-error.ts";
import { print, type CommandIo } from "../command-io.ts";
import { showCopy } from "../images/copy-progress.ts";
import { familiarName } from "../images/find-image.ts";
import { isNameless } from "../images/nameless.ts";
import { withSession } from "../images/session.ts";
import { textOption } from "../options/read-options.ts";
import { cleanLine } from "../progress/escape-stripper.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (_, options, io) => {
  const input = textOption(options, "input");
  const fromStdin = input === undefined || input === "-";
  if (fromStdin && io.stdin.isTTY === true) {
    throw usageError("Cannot read an archive from a terminal; use -i FILE, or pipe it");
  }
  await withSession(options, io, async ({ store }) => {
    const folder = await store.temporaryFolder();
    try {
      const path = fromStdin
        ? await spool(io.stdin, folder.path, io)
        : await readable(input, folder.path, io);
      const source = await openSource(path, input ?? "-", folder.path);
      try {
        const loaded = await showCopy(`load ${input ?? "from standard input"}`, options, io, (report) =>
          loadAll(source, store, (root) => copy(root, source, store, { report, signal: io.signal })),
        );
        for (const line of loaded) print(io, line);
      } finally {
        await source[Symbol.asyncDispose]();
      }
    } finally {
      await folder[Symbol.asyncDispose]();
    }
  });
};

type Source = BlobReader & AsyncDisposable & { roots(): Promise<Descriptor[]> | Descriptor[] };

/** A path to read the input in place by offset, which a pipe (`-i <(curl …)`) cannot do. */
async function readable(input: string, folder: string, io: CommandIo): Promise<string> {
  const path = resolve(io.cwd, input);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile() || found.isDirectory()) return path;
  return spool(createReadStream(path), folder, io);
}

async function spool(input: Readable, folder: string, io: CommandIo): Promise<string> {
  const path = join(folder, "archive");
  await pipeline(input, createWriteStream(path, { flags: "wx" }), { signal: io.signal });
  return path;
}

async function openSource(path: string, shown: string, temporaryFolder: string): Promise<Source> {
  try {
    if (!(await stat(path)).isDirectory()) return await openDockerArchive(path, { temporaryFolder });
    const layout = await openOciLayout(path);
    return {
      has: (blob) => layout.has(blob),
      read: (blob, options) => layout.read(blob, options),
      roots: () => layout.roots(),
      [Symbol.asyncDispose]: async () => {},
    };
  } catch (error) {
    throw new CliError("ARCHIVE_UNKNOWN", `Cannot load ${shown}: ${messageOf(error)}`, { cause: error });
  }
}

async function loadAll(
  source: Source,
  store: LocalStore,
  copyImage: (root: Descriptor) => Promise<void>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { annotations, ...root } of await source.roots()) {
    await copyImage(root);
    const name = nameOf(annotations) ?? root.digest;
    await store.tags.tag(name, root);
    lines.push(
      isNameless(name) ? `Loaded image ID: ${name}` : `Loaded image: ${cleanLine(familiarName(name))}`,
    );
  }
  if (lines.length === 0)
    throw new CliError("ARCHIVE_UNKNOWN", "Cannot load the archive: there is no image in it");
  return lines;
}

// What containerd and docker write, else what others put into ref.name when it is more than a bare tag.
function nameOf(annotations: Descriptor["annotations"]): string | undefined {
  const name =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  if (name === undefined || !/[:/]/.test(name)) return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch {
    return undefined;
  }
}
