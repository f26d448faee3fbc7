// JSON that means one thing to every parser: UTF-8 without a mark, no key twice, no `__proto__`, bounded
// size and depth. What JSON.parse alone lets pass is how one digest gets read in two ways (CVE-2021-41190).
import { OciError, quote } from "./oci-error.ts";

/** A value as JSON.parse gives it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

const deepest = 64;

/**
 * Parses JSON that came from outside.
 *
 * @param limit the most bytes accepted
 * @throws {OciError} `JSON_INVALID`; the message is only the reason, for the caller to put its object before it
 */
export function parseJson(bytes: Uint8Array, limit: number): JsonValue {
  if (bytes.length > limit) throw invalid(`it is ${bytes.length} bytes long, more than ${limit}`);
  const text = decodeUtf8(bytes);
  // Before parsing: a value a million levels deep overflows the stack of whoever walks it.
  checkStructure(text);
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse gives nothing else
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
}

/** Compact JSON in UTF-8; keys keep their order, undefined members are dropped. */
export function encodeJson(value: unknown): Uint8Array {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("Cannot encode a value that JSON has no form for");
  return new TextEncoder().encode(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw invalid("it begins with a byte order mark");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid("it is not UTF-8", cause);
  }
}

/** Walks strings and brackets only; whether the rest is JSON at all is for JSON.parse to say. */
function checkStructure(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /["{}[\]]/g;
  const colon = /[ \t\n\r]*:/y;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === '"') {
      const end = endOfString(text, token.lastIndex);
      const keys = open.at(-1);
      colon.lastIndex = end;
      if (keys !== undefined && colon.test(text)) addKey(keys, text.slice(token.lastIndex - 1, end));
      token.lastIndex = end;
    } else if (found[0] === "}" || found[0] === "]") open.pop();
    else if (open.push(found[0] === "{" ? new Set() : undefined) > deepest)
      throw invalid(`it is nested more than ${deepest} levels deep`);
  }
}

function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i + 1;
  }
  throw invalid("it is not JSON");
}

function addKey(keys: Set<string>, literal: string): void {
  let key = literal.slice(1, -1);
  try {
    if (key.includes("\\")) key = JSON.parse(literal) as string; // a JSON string literal
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (key === "__proto__") throw invalid('it has a key "__proto__"');
  if (keys.has(key)) throw invalid(`it has the key ${quote(key)} twice`);
  keys.add(key);
}

function invalid(reason: string, cause?: unknown): OciError {
  return new OciError("JSON_INVALID", reason, cause === undefined ? undefined : { cause });
}
