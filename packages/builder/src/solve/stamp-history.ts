// The time of a history entry: that of the layer it tells of, and with SOURCE_DATE_EPOCH none that is younger.
import type { HistoryEntry } from "@tsbuild/oci";

/** `created` is when the step's layer was made, undefined without a layer; `epoch` is in seconds since 1970. */
export function stampHistory(
  entry: HistoryEntry,
  created: string | undefined,
  epoch: number | undefined,
): HistoryEntry {
  const latest = epoch === undefined ? undefined : rfc3339(epoch);
  if (created === undefined) return latest === undefined ? entry : { created: latest, ...entry };
  const clamped = latest !== undefined && Date.parse(created) > Date.parse(latest) ? latest : created;
  return { created: clamped, ...entry };
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
