// The names that one layer's table has directly in a folder, those of folders without a row of their own included.
// Like EntryTable.childNames, but a search is made only after rows that can have others below them: it is the inner
// loop of every walk over a root filesystem.
import type { EntryTable } from "@tsbuild/layer";
import { joinPath } from "./path-names.ts";

/** Names directly in `folder` in byte order. `row` is -1 where only something further below has a row. */
export function* childrenInTable(
  table: EntryTable,
  folder: string,
): Generator<{ name: string; row: number }> {
  const { start, end } = table.subtree(folder);
  const skip = folder === "" ? 0 : folder.length + 1;
  let row = start;
  if (row < end && table.pathAt(row) === folder) row += 1;
  while (row < end) {
    const path = table.pathAt(row);
    const slash = path.indexOf("/", skip);
    if (slash === -1) {
      yield { name: path.slice(skip), row };
      row = canHaveRowsBelow(table, row) ? table.subtree(path).end : row + 1;
    } else {
      const name = path.slice(skip, slash);
      yield { name, row: -1 };
      row = table.subtree(joinPath(folder, name)).end;
    }
  }
}

function canHaveRowsBelow(table: EntryTable, row: number): boolean {
  const kind = table.kindAt(row);
  return kind === "directory" || kind === "clear" || kind === "remove";
}
