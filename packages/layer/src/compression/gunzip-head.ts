// What the first bytes of a gzip file hold, as far as they go: enough to tell what is in it, also when the rest is
// missing or damaged. Node's decoder drops all that one piece of input held when it fails in it, so the longest piece
// that does not fail is looked for.
import { constants, gunzipSync } from "node:zlib";

/** The bytes that `head` unfolds to, up to a thousand times as many. Never fails: damage is where it ends. */
export function gunzipHead(head: Uint8Array): Uint8Array {
  let best: Uint8Array = new Uint8Array(0);
  for (let [good, bad, at] = [0, head.length + 1, head.length]; bad - good > 1; at = (good + bad) >> 1) {
    const held = unfold(head.subarray(0, at));
    if (held === undefined) {
      bad = at;
    } else {
      good = at;
      best = held;
    }
  }
  return best;
}

function unfold(piece: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(piece, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}
