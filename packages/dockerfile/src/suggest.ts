// "Did you mean": the nearest of some known words by edit distance, with BuildKit's threshold.

const MAX_DISTANCE = 2;

/**
 * The candidate nearest to `word`, when at most two edits away; `undefined` when nothing is near or the word is
 * itself a candidate (then the error is about something else). With `ignoreCase` the answer has the case of the word.
 */
export function suggest(
  word: string,
  candidates: readonly string[],
  options: { ignoreCase?: boolean } = {},
): string | undefined {
  const wanted = options.ignoreCase === true ? word.toLowerCase() : word;
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  for (const candidate of candidates) {
    const known = options.ignoreCase === true ? candidate.toLowerCase() : candidate;
    if (known === wanted) return undefined;
    if (Math.abs(known.length - wanted.length) > MAX_DISTANCE) continue;
    const distance = editDistance(wanted, known);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = options.ignoreCase === true ? withCaseOf(known, word) : known;
    }
  }
  return best;
}

/** ` (did you mean X?)` for the end of a message, or nothing. */
export function formatSuggestion(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
}

function withCaseOf(lower: string, model: string): string {
  return model === model.toUpperCase() ? lower.toUpperCase() : lower;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const left = (row[j - 1] ?? 0) + 1;
      const above = (previous[j] ?? 0) + 1;
      row.push(Math.min(left, above, (previous[j - 1] ?? 0) + cost));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
