// Changes → table, in one call.
import type { Change } from "../entry.ts";
import type { EntryTable } from "./entry-table.ts";
import { EntryTableBuilder } from "./entry-table-builder.ts";

/** The table of these changes, which may come in any order. What contradicting ones mean: see EntryTableBuilder. */
export function createTable(changes: Iterable<Change>): EntryTable {
  const builder = new EntryTableBuilder();
  for (const change of changes) builder.add(change);
  return builder.finish();
}
