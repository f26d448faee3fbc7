// Times as Node's utimes takes them, and whether that is exact.
import { lstatSync } from "node:fs";

export interface ModificationTime {
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
}

/** A time before 1970 has to be text: Node takes a negative number for "now". */
export function nodeTime({ mtimeSec, mtimeNsec }: ModificationTime): number | string {
  const time = mtimeNsec === 0 ? mtimeSec : mtimeSec + mtimeNsec / 1e9;
  return time < 0 ? String(time) : time;
}

/** Whether this is the time of what is at `path`: Node's numbers end at about a quarter of a microsecond. */
export function hasTime(path: string | Buffer, { mtimeSec, mtimeNsec }: ModificationTime): boolean {
  return lstatSync(path, { bigint: true }).mtimeNs === BigInt(mtimeSec) * 1_000_000_000n + BigInt(mtimeNsec);
}
