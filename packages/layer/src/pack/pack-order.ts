// The order of a layer's tar: the table's, except that a hard link waits for the file it is a link to, since
// whoever unpacks can't link to what is not there yet.
import { LayerError } from "../layer-error.ts";
import type { EntryTable } from "../table/entry-table.ts";

/**
 * The rows of the table, each once, in the order of the tar. A link to a path that the table does not have
 * stays where it is: its target is in a layer below.
 * @throws {LayerError} `ENTRY_INVALID` when links go round in a circle.
 */
export function* packOrder(table: EntryTable): Generator<number, void, void> {
  const waiting = new Map<number, number[]>();
  const postponed = new Set<number>();
  for (let row = 0; row < table.length; row++) {
    const target = linkTarget(table, row);
    if (target >= row || postponed.has(target)) {
      const rows = waiting.get(target);
      if (rows) rows.push(row);
      else waiting.set(target, [row]);
      postponed.add(row);
    } else {
      yield row;
      if (waiting.size > 0) yield* release(row, waiting, postponed);
    }
  }
  for (const row of postponed) throw circle(table.pathAt(row));
}

function* release(
  row: number,
  waiting: Map<number, number[]>,
  postponed: Set<number>,
): Generator<number, void, void> {
  const ready = waiting.get(row) ?? [];
  waiting.delete(row);
  while (ready.length > 0) {
    const link = ready.shift();
    if (link === undefined) return;
    postponed.delete(link);
    yield link;
    ready.push(...(waiting.get(link) ?? []));
    waiting.delete(link);
  }
}

/** The row of the file that this row is a link to, or -1. */
function linkTarget(table: EntryTable, row: number): number {
  if (table.kindAt(row) !== "hardlink") return -1;
  const change = table.at(row);
  return change.kind === "put" && change.entry.kind === "hardlink" ? table.find(change.entry.target) : -1;
}

function circle(path: string): LayerError {
  const reason = "this hard link leads back to itself";
  return new LayerError("ENTRY_INVALID", `Cannot pack ${JSON.stringify(path)}: ${reason}`, {
    facts: { path, reason },
  });
}
