// Listings: columns aligned for people, one JSON object a line for programs (as docker's --format json).
import { usageError } from "../cli-error.ts";
import { displayWidth } from "../progress/display-width.ts";
import { cleanLine } from "../progress/escape-stripper.ts";

export type ListFormat = "table" | "json";

/** Docker's Go templates are not done. */
export function parseListFormat(text: string | undefined): ListFormat {
  if (text === undefined || text === "" || text === "table") return "table";
  if (text === "json" || text === "{{json .}}") return "json";
  throw usageError(`Cannot use --format ${text}: choose table or json; for other forms pipe json to jq`);
}

/** Lines of equal columns, three spaces apart; the last column is not padded. Cells are made harmless. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cleanLine(cell)));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ""))));
  return cells.map((row) => `${formatRow(row, widths)}\n`).join("");
}

/** One line of JSON for each record. */
export function formatJsonLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => {
      const room = (widths[column] ?? 0) - displayWidth(cell);
      return column === row.length - 1 ? cell : cell + " ".repeat(room + 3);
    })
    .join("")
    .trimEnd();
}
