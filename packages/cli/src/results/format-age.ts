// `3 days ago`, as docker says it. https://github.com/docker/go-units/blob/v0.5.0/duration.go

/** How long before `now` (milliseconds since 1970) the RFC 3339 time `then` was; "N/A" without one. */
export function formatAge(then: string | undefined, now: number): string {
  const time = then === undefined ? Number.NaN : Date.parse(then);
  if (Number.isNaN(time)) return "N/A";
  return `${formatDuration(Math.max(0, now - time) / 1000)} ago`;
}

function formatDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(seconds / 3600);
  if (whole < 1) return "Less than a second";
  if (whole === 1) return "1 second";
  if (whole < 60) return `${String(whole)} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${String(minutes)} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${String(hours)} hours`;
  if (hours < 24 * 7 * 2) return `${String(Math.floor(hours / 24))} days`;
  if (hours < 24 * 30 * 2) return `${String(Math.floor(hours / 24 / 7))} weeks`;
  if (hours < 24 * 365 * 2) return `${String(Math.floor(hours / 24 / 30))} months`;
  return `${String(Math.floor(hours / 24 / 365))} years`;
}
