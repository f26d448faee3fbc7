// One line of comma-separated fields, as in `--mount=type=bind,"source=a,b"`: a field between double quotes may have
// commas, and `""` in it is one quote.

/** The fields; `undefined` when a quote is where none may be or stays open. */
export function parseCsvFields(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = text[at] === '"' ? readQuoted(text, at) : readBare(text, at);
    if (field === undefined) return undefined;
    fields.push(field.value);
    if (field.end >= text.length) return fields;
    at = field.end + 1;
  }
}

function readBare(text: string, start: number): { value: string; end: number } | undefined {
  const comma = text.indexOf(",", start);
  const end = comma === -1 ? text.length : comma;
  const value = text.slice(start, end);
  return value.includes('"') ? undefined : { value, end };
}

function readQuoted(text: string, start: number): { value: string; end: number } | undefined {
  let value = "";
  let at = start + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close === -1) return undefined;
    value += text.slice(at, close);
    const after = text[close + 1];
    if (after === undefined || after === ",") return { value, end: close + 1 };
    if (after !== '"') return undefined;
    value += '"';
    at = close + 2;
  }
}
