// When to try again and how long to wait: jittered back-off, and what the server asks for in Retry-After,
// within reason.

export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** The longest Retry-After that is obeyed; a longer one is cut to this. */
  readonly maxRetryAfterMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  baseDelayMs: 300,
  maxDelayMs: 15_000,
  maxRetryAfterMs: 60_000,
};

const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether a status says "later, perhaps". */
export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status);
}

/** Milliseconds to wait after failed try number `attempt` (1 is the first). `random` is in [0, 1). */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: string | undefined,
  random: number = Math.random(),
  nowMs: number = Date.now(),
): number {
  const asked = parseRetryAfter(retryAfter, nowMs);
  const full = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  const backOff = full * (0.5 + random / 2);
  // Some jitter on top of what was asked, so that many builds told "in 5 s" do not all come back at once.
  return asked === undefined
    ? backOff
    : Math.min(asked, policy.maxRetryAfterMs) + policy.baseDelayMs * random;
}

/** Milliseconds asked for by a Retry-After header in seconds or as a date; `undefined` when it is neither or lies in the past. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A number that is not a plain one ("-5", "1e9") must not be read as a year by Date.parse.
  if (!/[a-z]{3}/i.test(text)) return undefined;
  const until = Date.parse(text) - nowMs;
  return Number.isFinite(until) && until >= 0 ? until : undefined;
}
