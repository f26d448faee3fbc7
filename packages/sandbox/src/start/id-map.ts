// Which ID in a user namespace is which outside: root is the user, and what follows are the ranges that the user has.
// https://man7.org/linux/man-pages/man7/user_namespaces.7.html
import type { IdRange } from "./sub-ids.ts";

export interface IdMapping {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** 0 is `own`, and 1 and so on are the ranges, one after the other. */
export function mapOwnAndRanges(own: number, ranges: readonly IdRange[]): IdMapping[] {
  const map: IdMapping[] = [{ inside: 0, outside: own, count: 1 }];
  let inside = 1;
  for (const { start, count } of ranges) {
    map.push({ inside, outside: start, count });
    inside += count;
  }
  return map;
}

/** All IDs of a namespace stay what they are; `text` is its /proc/self/uid_map. For root, who may write any map. */
export function mapAllAsIs(text: string): IdMapping[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([inside, , count]) =>
      inside === undefined || count === undefined ? [] : [{ inside, outside: inside, count }],
    );
}

/** As the kernel takes it in /proc/PID/uid_map. */
export function formatIdMap(map: readonly IdMapping[]): string {
  return map.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join("");
}

/** As newuidmap(1) takes it after the process ID. */
export function idMapArguments(map: readonly IdMapping[]): string[] {
  return map.flatMap(({ inside, outside, count }) => [inside, outside, count].map(String));
}

/** How many IDs there are besides the user's own. */
export function countLentIds(map: readonly IdMapping[]): number {
  return map.reduce((sum, { inside, count }) => (inside === 0 && count === 1 ? sum : sum + count), 0);
}
