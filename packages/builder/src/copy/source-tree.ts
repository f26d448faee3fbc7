// What COPY and ADD copy from: the build context, another stage, an image, or something downloaded.
import type { EntryTable, RowCopy } from "@tsbuild/layer";
import type { Tree } from "@tsbuild/rootfs";

export interface RowsBelow {
  readonly table: EntryTable;
  /** Which rows, where their contents are, and what is known of their digests. */
  readonly copy: Required<Pick<RowCopy, "start" | "end" | "content" | "digests">>;
}

export interface SourceTree extends Tree {
  /** The ignore pattern that keeps `path` out of this tree, if one does. */
  ignoredBy?(path: string): string | undefined;
  /**
   * Everything below the folder `path` as rows of one table, for those who copy all of it; undefined when entries have
   * something that the table does not tell (hard links, extended attributes).
   */
  rowsBelow?(path: string): RowsBelow | undefined;
}
