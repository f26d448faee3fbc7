// `tsbuild history IMAGE`, with docker's columns.
import { usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { findImage } from "../images/find-image.ts";
import { imageHistory, type HistoryRow } from "../images/image-history.ts";
import { openImageReader } from "../images/image-reader.ts";
import { readImage } from "../images/read-image.ts";
import { withSession } from "../images/session.ts";
import { shortId } from "../images/short-id.ts";
import { parseOnePlatform } from "../options/platform-option.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import { cleanLine } from "../progress/escape-stripper.ts";
import { formatBytes } from "../progress/format-amount.ts";
import { formatAge } from "../results/format-age.ts";
import { formatJsonLines, formatTable, parseListFormat } from "../results/table.ts";
import type { RunCommand } from "./command.ts";

// Docker's width of CREATED BY.
const shortStep = 45;

export const run: RunCommand = async ([text], options, io) => {
  if (text === undefined) throw usageError("Cannot show the history: IMAGE is missing");
  const format = parseListFormat(textOption(options, "format"));
  const platformText = textOption(options, "platform");
  const platform = platformText === undefined ? undefined : parseOnePlatform(platformText);
  const rows = await withSession(options, io, async (session) => {
    const { root } = await findImage(session.store, text);
    return imageHistory(
      await readImage(root, openImageReader(session, root), { platform, signal: io.signal }),
    );
  });
  const full = switchOption(options, "noTrunc");
  if (switchOption(options, "quiet")) print(io, rows.map((row) => idOf(row, full)).join("\n"));
  else if (format === "json") io.stdout.write(formatJsonLines(rows.map((row) => jsonOf(row, full))));
  else io.stdout.write(tableOf(rows, full));
};

function tableOf(rows: readonly HistoryRow[], full: boolean): string {
  const now = Date.now();
  return formatTable(
    ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"],
    rows.map((row) => [
      idOf(row, full),
      formatAge(row.created, now),
      stepOf(row, full),
      formatBytes(row.size),
      row.comment,
    ]),
  );
}

function jsonOf(row: HistoryRow, full: boolean): object {
  return {
    ID: idOf(row, full),
    CreatedAt: row.created ?? "N/A",
    CreatedBy: full ? row.createdBy : stepOf(row, full),
    Size: formatBytes(row.size),
    SizeBytes: row.size,
    Comment: row.comment,
  };
}

function idOf({ id }: HistoryRow, full: boolean): string {
  if (id === undefined) return "<missing>";
  return full ? id : shortId(id);
}

function stepOf({ createdBy }: HistoryRow, full: boolean): string {
  const step = cleanLine(createdBy);
  return full || step.length <= shortStep ? step : `${step.slice(0, shortStep - 1)}…`;
}
