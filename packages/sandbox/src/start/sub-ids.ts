// The IDs that an ordinary user may use in a user namespace, besides its own: /etc/subuid and /etc/subgid.
// https://man7.org/linux/man-pages/man5/subuid.5.html

/** `count` IDs from `start`. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** Who the ranges are for; lines may name a user or its number. */
export interface SubIdOwner {
  readonly name: string | undefined;
  readonly uid: number;
}

const lastId = 0xffff_fffe;

/** The ranges of one user, in the order of the file. Lines that say nothing sound are passed over, as newuidmap does. */
export function parseSubIds(text: string, owner: SubIdOwner): IdRange[] {
  const ranges: IdRange[] = [];
  for (const line of text.split("\n")) {
    const [, user, startText = "", countText = ""] = /^([^:]+):(\d{1,10}):(\d{1,10})\s*$/.exec(line) ?? [];
    if (user === undefined || (user !== owner.name && user !== String(owner.uid))) continue;
    const [start, count] = [Number(startText), Number(countText)];
    if (count > 0 && start + count - 1 <= lastId) ranges.push({ start, count });
  }
  return ranges;
}
