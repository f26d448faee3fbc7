// Times finer than Node can set, which few images have: touch(1) knows nanoseconds.
import { findTool } from "../tools/find-tool.ts";
import { runTool } from "../tools/run-tool.ts";
import { hasTime } from "./file-times.ts";
import { TreePaths } from "./tree-paths.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** A time that several entries have is worth a call of its own from so many on. */
const worthACall = 8;

/** Sets the times of these rows to the nanosecond; they have them to the microsecond. */
export async function setFineTimes(work: UnpackWork, rows: readonly number[]): Promise<void> {
  const inexact: number[] = [];
  await work.forEach(rows, (row) => {
    const entry = work.entryAt(row);
    if (!hasTime(work.paths.at(entry.path), entry)) inexact.push(row);
  });
  if (inexact.length === 0) return;
  const touch = findTool("touch");
  if (touch === undefined) return roundTimes(work, inexact, "there is no touch(1)");
  const paths = TreePaths.forPrograms(work.folder);
  const run = (options: readonly string[], words: readonly (string | Buffer)[]) =>
    runTool("xargs", ["-0", ...options], {
      cwd: ".",
      signal: work.order.signal,
      input: Buffer.concat(words.flatMap((word) => [Buffer.from(word), Buffer.of(0)])),
    });
  try {
    const rest: (string | Buffer)[] = [];
    for (const [time, group] of groupByTime(work, inexact)) {
      const names = group.map((row) => paths.at(work.table.pathAt(row)));
      if (group.length < worthACall) {
        rest.push(...names.flatMap((name) => ["-d", time, "--", name]));
        continue;
      }
      const { status, stderr } = await run([touch, "-h", "-c", "-d", time, "--"], names);
      if (status !== 0) return roundTimes(work, group, stderr.trim());
    }
    if (rest.length === 0) return;
    const { status, stderr } = await run(["-n", "4", touch, "-h", "-c"], rest);
    if (status !== 0) roundTimes(work, inexact, stderr.trim());
  } finally {
    paths.close();
  }
}

function groupByTime(work: UnpackWork, rows: readonly number[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const time = formatTime(work.entryAt(row));
    const group = groups.get(time);
    if (group === undefined) groups.set(time, [row]);
    else group.push(row);
  }
  return groups;
}

/** As touch reads it; seconds are rounded down, so that a fraction counts up from them before 1970 too. */
export function formatTime(time: { readonly mtimeSec: number; readonly mtimeNsec: number }): string {
  const { mtimeSec, mtimeNsec } = time;
  if (mtimeSec >= 0 || mtimeNsec === 0) return `@${mtimeSec}.${digits(mtimeNsec)}`;
  const whole = -(mtimeSec + 1);
  return `@-${whole}.${digits(1e9 - mtimeNsec)}`;
}

function digits(nsec: number): string {
  return String(nsec).padStart(9, "0");
}

/** A part of a microsecond is no reason to fail. */
function roundTimes(work: UnpackWork, rows: readonly number[], reason: string): void {
  const path = JSON.stringify(work.table.pathAt(rows[0]!));
  work.order.warn(
    "TIMES_ROUNDED",
    `The time of ${path}${more(rows.length - 1)} is right only to the microsecond on disk: ${reason}`,
  );
}

function more(count: number): string {
  return count === 0 ? "" : ` and of ${count} more`;
}
