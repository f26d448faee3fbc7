// For tests: a table as text. Loads nothing, since processes of their own use it too.
import type { EntryTable } from "@tsbuild/layer";

/** What a table says, a line for each row: `d a`, `f a/b`, `l a/c -> b`, `h a/d = a/b`, `- gone`, `d a (opaque)`. */
export function describeTable(table: EntryTable): string[] {
  return Array.from({ length: table.length }, (_, row) => {
    const opaque = table.isOpaque(row) ? " (opaque)" : "";
    const change = table.at(row);
    if (change.kind !== "put") return `- ${change.path}${opaque}`;
    const { entry } = change;
    switch (entry.kind) {
      case "directory":
        return `d ${entry.path}${opaque}`;
      case "file":
        return `f ${entry.path}`;
      case "symlink":
        return `l ${entry.path} -> ${entry.target}`;
      case "hardlink":
        return `h ${entry.path} = ${entry.target}`;
      case "device":
        return `${entry.type} ${entry.path} ${entry.major}:${entry.minor}`;
      case "fifo":
        return `p ${entry.path}`;
    }
  });
}
