// Text that came from a registry, made safe to show: no control character reaches a terminal, nothing is
// endless, and no URL shows a password, a query or a fragment.

/** `text` without C0, C1, DEL and Unicode direction controls; line breaks become spaces; cut at `limit` characters. */
export function printable(text: string, limit: number): string {
  const cut = text.slice(0, limit);
  let out = "";
  for (const character of cut) {
    const point = character.codePointAt(0) ?? 0;
    if (point === 0x0a || point === 0x0d || point === 0x09) out += " ";
    else if (!isControl(point)) out += character;
  }
  return text.length > limit ? `${out}…` : out;
}

function isControl(point: number): boolean {
  return (
    point < 0x20 ||
    (point >= 0x7f && point <= 0x9f) ||
    (point >= 0x200e && point <= 0x200f) ||
    (point >= 0x2028 && point <= 0x202e) ||
    (point >= 0x2066 && point <= 0x2069) ||
    (point >= 0xd800 && point <= 0xdfff)
  );
}

/** The URL as it may be printed: without user, password, query and fragment. */
export function redactUrl(url: URL | string): string {
  const parsed = typeof url === "string" ? URL.parse(url) : url;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return "(not a web address)";
  return printable(`${parsed.protocol}//${parsed.host}${parsed.pathname}`, 500);
}
