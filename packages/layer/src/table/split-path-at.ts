// The path of a row of a finished table, as the two stretches of name bytes that it is kept in.
import type { TableBlock } from "./entry-columns.ts";
import type { SplitPath } from "./path-order.ts";

/** Where the parts of a row's path are in `block.names`. */
export function splitPathAt({ columns, nameEnds }: TableBlock, row: number): SplitPath {
  const dir = columns.dir[row]!;
  const base = columns.base[row]!;
  return {
    dirStart: dir === 0 ? 0 : nameEnds[dir - 1]!,
    dirEnd: nameEnds[dir]!,
    baseStart: base === 0 ? 0 : nameEnds[base - 1]!,
    baseEnd: nameEnds[base]!,
  };
}
