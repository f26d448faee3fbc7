// `tsbuild images`, with docker's columns.
import { formatFamiliar, parseReference } from "@tsbuild/oci";
import { messageOf, usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { listImages, type ListedImage } from "../images/list-images.ts";
import { shortId } from "../images/short-id.ts";
import { withSession } from "../images/session.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import { formatBytes } from "../progress/format-amount.ts";
import { formatAge } from "../results/format-age.ts";
import { formatJsonLines, formatTable, parseListFormat } from "../results/table.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async ([name], options, io) => {
  const format = parseListFormat(textOption(options, "format"));
  const wanted = name === undefined ? undefined : parseFilter(name);
  const images = (await withSession(options, io, ({ store }) => listImages(store))).filter(
    (image) => wanted === undefined || matches(image, wanted),
  );
  const full = switchOption(options, "noTrunc");
  const now = Date.now();
  if (switchOption(options, "quiet")) {
    const ids = new Set(images.map(({ id }) => (full ? id : shortId(id))));
    if (ids.size > 0) print(io, [...ids].join("\n"));
  } else if (format === "json") {
    io.stdout.write(formatJsonLines(images.map((image) => jsonOf(image, full, now))));
  } else {
    io.stdout.write(tableOf(images, { full, digests: switchOption(options, "digests"), now }));
  }
};

interface Filter {
  readonly repository: string;
  readonly tag: string | undefined;
}

function parseFilter(text: string): Filter {
  try {
    const { tag, digest: _, ...repository } = parseReference(text);
    return { repository: formatFamiliar(repository), tag };
  } catch (error) {
    throw usageError(messageOf(error), { cause: error });
  }
}

function matches(image: ListedImage, { repository, tag }: Filter): boolean {
  return image.repository === repository && (tag === undefined || image.tag === tag);
}

function tableOf(
  images: readonly ListedImage[],
  { full, digests, now }: { full: boolean; digests: boolean; now: number },
): string {
  const digest = (text: string) => (digests ? [text] : []);
  return formatTable(
    ["REPOSITORY", "TAG", ...digest("DIGEST"), "IMAGE ID", "CREATED", "SIZE"],
    images.map((image) => [
      image.repository,
      image.tag,
      ...digest(image.root.digest),
      full ? image.id : shortId(image.id),
      formatAge(image.created, now),
      sizeOf(image),
    ]),
  );
}

// Docker's keys, and the size as a number too.
function jsonOf(image: ListedImage, full: boolean, now: number): object {
  return {
    Repository: image.repository,
    Tag: image.tag,
    Digest: image.root.digest,
    ID: full ? image.id : shortId(image.id),
    CreatedAt: image.created ?? "N/A",
    CreatedSince: formatAge(image.created, now),
    Size: sizeOf(image),
    SizeBytes: image.size,
  };
}

function sizeOf({ size }: ListedImage): string {
  return size === undefined ? "N/A" : formatBytes(size);
}
