// The two errors that reading a tar can give, in one wording.
import { LayerError } from "../layer-error.ts";

/** TAR_CORRUPT: `reason` completes "Cannot read tar: …". */
export function tarCorrupt(reason: string, path?: string): LayerError {
  const subject = path === undefined ? "tar" : `tar entry ${JSON.stringify(path)}`;
  return new LayerError("TAR_CORRUPT", `Cannot read ${subject}: ${reason}`, {
    facts: path === undefined ? { reason } : { reason, path },
  });
}

/** TAR_LIMIT: `what` was more than `limit`. */
export function tarLimit(what: string, limit: number, path?: string): LayerError {
  const subject = path === undefined ? "tar" : `tar entry ${JSON.stringify(path)}`;
  return new LayerError("TAR_LIMIT", `Cannot read ${subject}: ${what} more than the limit of ${limit}`, {
    facts: path === undefined ? { limit } : { limit, path },
  });
}
