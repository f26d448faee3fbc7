// `type=image,name=user/app,push=true`: the value of a flag that is a list of keys and values.
import { usageError } from "../cli-error.ts";
import { parseCsvRecord } from "./csv-record.ts";

/** The keys (lower case) and values of one CSV record; the last of a key counts. A field without "=" is refused. */
export function parseAttributes(text: string, flag: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const field of parseCsvRecord(text, flag)) {
    const equals = field.indexOf("=");
    if (equals === -1) throw usageError(`Cannot read ${flag} ${text}: "${field}" is not key=value`);
    attributes.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1));
  }
  return attributes;
}

/** Go's strconv.ParseBool. */
export function parseBoolean(text: string, what: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw usageError(`Cannot read ${what}: "${text}" is neither true nor false`);
}
