// One record of Go's encoding/csv, which docker's `-o`, `--secret`, `--cache-from` … values are written in.
// https://pkg.go.dev/encoding/csv@go1.25.0 (Comma ',', LazyQuotes false, TrimLeadingSpace false)
import { usageError } from "../cli-error.ts";

/**
 * Splits `text` into its fields: `a,"b,""c"""` is `a` and `b,"c"`. The empty text has no field.
 * @param flag named in the message when the text is not a record (exit status 2).
 */
export function parseCsvRecord(text: string, flag: string): string[] {
  const line = text.replace(/\r?\n$/, "");
  if (line === "") return [];
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = line[at] === '"' ? quotedField(line, at, flag) : bareField(line, at, flag);
    fields.push(field.value);
    if (field.end === line.length) return fields;
    at = field.end + 1;
  }
}

interface Field {
  readonly value: string;
  /** Index of the comma after it, or the length of the text. */
  readonly end: number;
}

function bareField(line: string, start: number, flag: string): Field {
  const comma = line.indexOf(",", start);
  const end = comma === -1 ? line.length : comma;
  const value = line.slice(start, end);
  if (value.includes('"')) {
    throw usageError(`Cannot read ${flag} ${line}: a bare " in a field; quote the whole field, as in "a""b"`);
  }
  if (/[\r\n]/.test(value)) throw usageError(`Cannot read ${flag} ${line}: a newline outside of quotes`);
  return { value, end };
}

function quotedField(line: string, start: number, flag: string): Field {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote === -1) throw usageError(`Cannot read ${flag} ${line}: a quote is not closed`);
    value += line.slice(at, quote);
    const next = line[quote + 1];
    if (next === undefined || next === ",") return { value, end: quote + 1 };
    if (next !== '"') throw usageError(`Cannot read ${flag} ${line}: text after a closing quote`);
    value += '"';
    at = quote + 2;
  }
}
