// What a scan of an upper folder found.
import type { EntryTable } from "@tsbuild/layer";

export interface UpperChanges {
  /** The folder that was scanned. */
  readonly upper: string;
  /** What a layer has to say; files' contents are in the folder. */
  readonly table: EntryTable;
  /** Paths in the folder that no layer will have, each after what is below it: sockets, mount points. */
  readonly leftovers: readonly string[];
  /** Without the leftovers the folder is the layer unpacked; else the layer says something that the folder does not. */
  readonly isWhole: boolean;
}
