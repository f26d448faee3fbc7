// Sizes and times as BuildKit prints them: 12.34MB, 3.2s.

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal units: `512B`, `1.23kB`, `60.10MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999_995 is 1.00MB, not 1000.00kB.
  while (unit < units.length - 1 && value >= (unit === 0 ? 1000 : 999.995)) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(2)}${units[unit] ?? ""}`;
}

/** `0.3s`, `75.2s`: never negative. */
export function formatSeconds(milliseconds: number, digits = 1): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(digits)}s`;
}

/** Seconds with BuildKit's precision in front of a line of output: `0.123`, `12.34`, `123.4`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  return seconds.toFixed(seconds < 10 ? 3 : seconds < 100 ? 2 : 1);
}

/** What a transfer has done: `12.34MB / 60.10MB`, `1.23kB`, or nothing when it moves no bytes. */
export function formatTransfer(current: number, total: number | undefined): string {
  if (total !== undefined && total > 0) return `${formatBytes(current)} / ${formatBytes(total)}`;
  return current > 0 ? formatBytes(current) : "";
}
