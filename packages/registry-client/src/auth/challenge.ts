// WWW-Authenticate, which may hold several challenges in one header, each with parameters whose quoted
// values may contain commas (every scope does). https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1

/** One way in that the server offers. `scheme` and parameter names are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;

/** Parses a header; what cannot be read is skipped, never thrown. */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, 16_384);
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (characters: string): void => {
    while (at < text.length && characters.includes(text.charAt(at))) at += 1;
  };
  let parameters = new Map<string, string>();
  while (at < text.length) {
    skip(" \t,");
    const name = take(token);
    if (name === undefined) {
      at += 1;
      continue;
    }
    const spaced = at;
    skip(" \t");
    if (text.charAt(at) === "=" && challenges.length > 0) {
      at += 1;
      skip(" \t");
      const value = text.charAt(at) === '"' ? readQuoted(text, at) : undefined;
      if (value !== undefined) at = value.end;
      const bare = value === undefined ? (take(token) ?? "") : value.text;
      // The first one counts: a second realm must not replace the one that was judged.
      if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), bare);
      continue;
    }
    parameters = new Map();
    challenges.push({ scheme: name.toLowerCase(), parameters });
    // "Negotiate YII=": a blob in place of parameters.
    if (at > spaced && !/^[^\s,=]+\s*=\s*[^=\s,]/.test(text.slice(at))) take(token68);
  }
  return challenges;
}

function readQuoted(text: string, start: number): { text: string; end: number } {
  let out = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { text: out, end: at + 1 };
    if (character === "\\") at += 1;
    out += text.charAt(at);
  }
  return { text: out, end: text.length };
}
