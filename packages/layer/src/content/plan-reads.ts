// Which bytes of the source a range of a file is: one stretch, or for a sparse file several, with zeros
// between them.
import type { Content } from "../entry.ts";

export interface ContentRange {
  /** Where to start in the file. Default 0. */
  readonly offset?: number;
  /** How many bytes. Default: to the end. */
  readonly length?: number;
}

/** `length` bytes from `at` in the source; zeros where `at` is undefined. */
export interface PlannedRead {
  readonly at: number | undefined;
  readonly length: number;
}

/** @throws {RangeError} when the range is not inside the file. */
export function planReads(content: Content, size: number, range: ContentRange): PlannedRead[] {
  const start = range.offset ?? 0;
  const end = start + (range.length ?? size - start);
  if (!(start >= 0 && start <= end && end <= size)) {
    throw new RangeError(`Cannot read bytes ${start} to ${end} of a file of ${size}`);
  }
  const base = content.kind === "bytes" ? 0 : (content.offset ?? 0);
  const regions = content.kind === "slice" && content.sparse ? content.sparse : [{ offset: 0, length: size }];
  const reads: PlannedRead[] = [];
  const add = (at: number | undefined, from: number, to: number) => {
    const first = Math.max(from, start);
    const length = Math.min(to, end) - first;
    if (length > 0) reads.push({ at: at === undefined ? undefined : at + first - from, length });
  };
  let done = 0;
  let source = base;
  for (const region of regions) {
    add(undefined, done, region.offset);
    done = region.offset + region.length;
    add(source, region.offset, done);
    source += region.length;
  }
  add(undefined, done, size);
  return reads;
}
