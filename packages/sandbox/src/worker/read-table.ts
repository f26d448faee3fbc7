// A table that the main process has left in a file for us.
import { readFileSync, unlinkSync } from "node:fs";
import { EntryTable } from "@tsbuild/layer";

/** Reads the table and removes the file. */
export function readTable(file: string): EntryTable {
  const bytes = readFileSync(file);
  unlinkSync(file);
  return EntryTable.fromBytes(bytes);
}
